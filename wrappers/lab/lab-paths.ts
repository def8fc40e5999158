import { join } from 'node:path';
import { imagePaths, type ImagePaths } from '../vm/image/image-paths.js';

/** Where the lab keeps things. */
export interface LabPaths extends ImagePaths {
  /** Kept between runs: images and caches. */
  readonly state: string;
  /** What lives as long as one lab: disks, consoles, private folders of the hosts. */
  readonly lab: string;
  /** Logs and consoles of the lab that was taken down last. */
  readonly last: string;
  readonly disks: string;
  readonly consoles: string;
  readonly hosts: string;
  /** Where the lock managers of all hosts keep their locks of disks. */
  readonly locks: string;
  /**
   * The manager's certificates. Every host has its own at the same path, so that one URI reaches a host from the manager
   * and from the other hosts.
   */
  readonly pki: string;
  /** Lock and state file; empty after a reboot. */
  readonly run: string;
}

/** `ATTITUNE_STATE` moves the kept folder, `ATTITUNE_RUN` the volatile one. */
export function labPaths(env: Readonly<Record<string, string | undefined>> = process.env): LabPaths {
  const state = env['ATTITUNE_STATE'] || '/var/lib/attitune';
  const lab = join(state, 'lab');
  const run = env['ATTITUNE_RUN'] || '/run/attitune';
  return {
    state,
    ...imagePaths(env),
    lab,
    last: join(state, 'last'),
    disks: join(lab, 'disks'),
    consoles: join(lab, 'consoles'),
    hosts: join(lab, 'hosts'),
    locks: join(lab, 'locks'),
    pki: join(run, 'pki'),
    run,
  };
}
