/** What a day came to, in the measures of the literature. All are fractions. */
export interface ServiceLevels {
  /** SLATAH: part of their active time in which hosts gave less than their VMs asked for. */
  readonly slatah: number;
  /** PDM: part of the demand that was not met because of migrations, all VMs pooled. */
  readonly pdm: number;
  /** SLATAH × PDM. */
  readonly slav: number;
  /** Part of the demand that was not met, for whatever reason. */
  readonly unserved: number;
}

/**
 * Integrates what hosts and VMs tell at each event: a value holds until the next one. What is told again for the same time
 * replaces what was told before.
 */
export class Meter {
  readonly #hosts: Track;
  readonly #vms: Track;
  readonly #leaving: Uint8Array;
  #active = 0;
  #short = 0;
  #requested = 0;
  #given = 0;
  #lostByMigration = 0;

  constructor(hosts: number, vms: number) {
    this.#hosts = new Track(hosts);
    this.#vms = new Track(vms);
    this.#leaving = new Uint8Array(vms);
  }

  /** A host is active while it is used. */
  host(host: number, seconds: number, used: number, requested: number): void {
    const { since, given, asked } = this.#hosts;
    const lasted = seconds - since[host]!;
    if (lasted > 0 && given[host]! > 0) {
      this.#active += lasted;
      if (given[host]! < asked[host]!) this.#short += lasted;
    }
    this.#hosts.set(host, seconds, used, requested);
  }

  vm(vm: number, seconds: number, allocated: number, requested: number, leaving: boolean): void {
    const { since, given, asked } = this.#vms;
    const lasted = seconds - since[vm]!;
    if (lasted > 0) {
      this.#requested += asked[vm]! * lasted;
      this.#given += given[vm]! * lasted;
      if (this.#leaving[vm] === 1 && given[vm]! < asked[vm]!) {
        this.#lostByMigration += (asked[vm]! - given[vm]!) * lasted;
      }
    }
    this.#vms.set(vm, seconds, allocated, requested);
    this.#leaving[vm] = leaving ? 1 : 0;
  }

  levels(): ServiceLevels {
    const slatah = ratio(this.#short, this.#active);
    const pdm = ratio(this.#lostByMigration, this.#requested);
    return { slatah, pdm, slav: slatah * pdm, unserved: ratio(this.#requested - this.#given, this.#requested) };
  }
}

/** The last that was told of each, and when. */
class Track {
  readonly since: Float64Array;
  readonly given: Float64Array;
  readonly asked: Float64Array;

  constructor(size: number) {
    this.since = new Float64Array(size).fill(Infinity);
    this.given = new Float64Array(size);
    this.asked = new Float64Array(size);
  }

  set(index: number, seconds: number, given: number, asked: number): void {
    this.since[index] = seconds;
    this.given[index] = given;
    this.asked[index] = asked;
  }
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
