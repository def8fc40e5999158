import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import Table from 'cli-table3';
import { SystemClock, delay } from '../../core/model/clock.js';
import type { HostAccess } from '../../core/model/infrastructure.js';
import { SystemRepresentation } from '../../core/model/system-representation.js';
import { HttpLoadGenerator } from '../../wrappers/http/http-load-generator.js';
import { UndiciHttpClient } from '../../wrappers/http/undici-http-client.js';
import { LabInfrastructure } from '../../wrappers/lab/index.js';
import { GuestAgentExecutor } from '../../wrappers/language/executors/guest-agent.js';
import { LibvirtHypervisor } from '../../wrappers/libvirt/index.js';
import { componentClass, deploymentOf } from '../support/deployments.js';
import { installed } from '../support/skip.js';

const PAIRS = 6;
const LIMIT = 1.1;
const VM = 'Bench_1';
const run = promisify(execFile);

/** Migrates one VM to and fro, by AttiTUNe and by virsh in turn; the figure is the median of the pairs' ratios. */
export async function migrationOverhead(): Promise<boolean> {
  if (process.getuid?.() !== 0 || !installed('virsh')) {
    console.error(
      'migration-overhead needs root and virsh: sudo apt-get install libvirt-clients && sudo npm run bench -- migration-overhead',
    );
    return false;
  }
  const clock = new SystemClock();
  const lab = new LabInfrastructure({
    clock,
    http: new UndiciHttpClient(),
    load: new HttpLoadGenerator(),
    connect: ({ name, uri }) => LibvirtHypervisor.connect({ host: name, uri, unsafe: true }),
    guestExecutor: (domain, host) => new GuestAgentExecutor(domain, host, domain, clock),
  });
  const deployment = deploymentOf({
    classes: [componentClass('Bench', { wrapper: 'virtual-machine', attributes: { image: 'tomcat' } })],
  });
  const onProgress = (step: string) => console.error(step);
  try {
    await lab.up(deployment, new SystemRepresentation(deployment, () => true), {
      signal: new AbortController().signal,
      onProgress,
    });
    const [first, second] = [lab.host('host1'), lab.host('host2')];
    const { description } = await lab.prepareDomain({
      name: VM,
      image: 'tomcat',
      memoryMiB: 384,
      vcpus: 1,
      host: 'host1',
    });
    await first.hypervisor.create(description);
    await answered(first, clock);
    // one round that is not counted, for the first is always slower
    await byAttitune(first, second);
    await byVirsh(second, first);
    const rows: { attitune: number; virsh: number }[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      // which goes first changes, and so do the directions
      if (pair % 2 === 0) rows.push({ attitune: await byAttitune(first, second), virsh: await byVirsh(second, first) });
      else {
        const virsh = await byVirsh(first, second);
        rows.push({ virsh, attitune: await byAttitune(second, first) });
      }
    }
    return report(rows);
  } finally {
    await lab.down();
  }
}

async function byAttitune(from: HostAccess, to: HostAccess): Promise<number> {
  const begun = performance.now();
  await from.hypervisor.migrate(VM, { host: to.name, uri: to.migrationUri });
  return performance.now() - begun;
}

async function byVirsh(from: HostAccess, to: HostAccess): Promise<number> {
  const begun = performance.now();
  await run('virsh', ['-c', from.migrationUri, 'migrate', '--live', '--p2p', '--unsafe', VM, to.migrationUri]);
  return performance.now() - begun;
}

async function answered(host: HostAccess, clock: SystemClock): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    const ok = await host.hypervisor.guestAgent(VM, { execute: 'guest-ping' }, 1000).then(
      () => true,
      () => false,
    );
    if (ok) return;
    await delay(clock, 1000);
  }
  throw new Error(`${VM} did not boot`);
}

function report(rows: readonly { readonly attitune: number; readonly virsh: number }[]): boolean {
  const table = new Table({
    head: ['pair', 'AttiTUNe ms', 'virsh ms', 'ratio'],
    colAligns: ['right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  rows.forEach(({ attitune, virsh }, index) =>
    table.push([index + 1, Math.round(attitune), Math.round(virsh), (attitune / virsh).toFixed(2)]),
  );
  const ratio = median(rows.map(({ attitune, virsh }) => attitune / virsh));
  table.push([
    'median',
    Math.round(median(rows.map((row) => row.attitune))),
    Math.round(median(rows.map((row) => row.virsh))),
    ratio.toFixed(2),
  ]);
  console.log(table.toString());
  console.log(
    `migration-overhead: ${ratio.toFixed(2)} × virsh, at most ${LIMIT} is asked for: ${ratio <= LIMIT ? 'held' : 'missed'}`,
  );
  return ratio <= LIMIT;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle) - 1] ?? NaN)) / 2;
}
