import { SimulatedClock } from '../../../core/model/clock.js';
import { SeededRandom } from '../../../core/model/random.js';
import type { LoadRequest, RequestSample } from '../../../core/model/load.js';
import { SimulatedInfrastructure, type SimulationOptions } from '../../../wrappers/simulated/index.js';

const place = { file: 'test.deployment.xml', line: 1, column: 1 };

/** A simulation with hosts `host1`, `host2` … of the given CPUs. */
export class TestWorld {
  readonly clock = new SimulatedClock(1_000_000);
  readonly infrastructure: SimulatedInfrastructure;

  constructor(options: Partial<SimulationOptions> & { readonly seed?: number; readonly hosts?: number } = {}) {
    const { seed = 1, hosts = 2, ...rest } = options;
    this.infrastructure = new SimulatedInfrastructure({ clock: this.clock, random: new SeededRandom(seed), ...rest });
    for (let number = 1; number <= hosts; number += 1) {
      this.infrastructure.addHost({
        name: `host${number}`,
        uri: `qemu+tls://host${number}/system`,
        attributes: {},
        place,
      });
    }
  }

  /** Drives the clock until the promise settles. */
  settle<T>(promise: Promise<T>): Promise<T> {
    return this.clock.runUntil(promise);
  }

  /** A running guest whose agent answers; resolves with its address. */
  async boot(name: string, hostName = 'host1', memoryMiB = 384): Promise<string> {
    const prepared = await this.infrastructure.prepareDomain({
      name,
      image: 'tomcat',
      memoryMiB,
      vcpus: 1,
      host: hostName,
    });
    await this.settle(this.infrastructure.host(hostName).hypervisor.create(prepared.description));
    await this.clock.advance(this.infrastructure.settings.guestBootMs + 1);
    return prepared.address;
  }

  guest(name: string, hostName = 'host1') {
    return this.infrastructure.guest(name, () => this.infrastructure.host(hostName));
  }

  /** A Tomcat in a guest that answers on port 8080. */
  async tomcat(name: string, hostName = 'host1'): Promise<string> {
    const address = await this.boot(name, hostName);
    const executor = this.guest(name, hostName);
    await this.settle(
      executor.put('/opt/tomcat/conf/server.xml', '<Server><Connector port="8080" protocol="HTTP/1.1"/></Server>'),
    );
    const env = { CATALINA_BASE: '/opt/tomcat' };
    await this.settle(
      executor.start({ argv: ['/usr/share/tomcat10/bin/catalina.sh', 'run'], env, logFile: '/opt/tomcat/log' }),
    );
    await this.clock.advance(11_000);
    return address;
  }

  writeApache(members: Readonly<Record<string, string>>, hostName = 'host1'): Promise<void> {
    const lines = Object.entries(members).map(
      ([route, address]) => `  BalancerMember "http://${address}:8080" route=${route} retry=5`,
    );
    const configuration = [
      'Listen 80',
      'PidFile /run/apache.pid',
      '<Proxy "balancer://workers">',
      ...lines,
      '</Proxy>',
      'ProxyPass "/" "balancer://workers/"',
      'Header always set X-Worker "%{BALANCER_WORKER_ROUTE}e" env=BALANCER_WORKER_ROUTE',
    ];
    return this.settle(this.infrastructure.host(hostName).executor.put('/srv/apache.conf', configuration.join('\n')));
  }

  apache(command: string, hostName = 'host1') {
    return this.settle(
      this.infrastructure.host(hostName).executor.run({ argv: ['apache2', '-f', '/srv/apache.conf', '-k', command] }),
    );
  }

  /** The samples of a load on Apache of `host1`, once all requests are over. */
  async load(request: Partial<LoadRequest> & Pick<LoadRequest, 'phases'>): Promise<readonly RequestSample[]> {
    const url = `http://${this.infrastructure.host('host1').address}/`;
    const run = this.infrastructure.load.start({ url, timeoutMs: 10_000, ...request });
    await this.settle(run.done);
    return run.samples;
  }

  migrate(name: string, from: string, to: string, options = {}) {
    const target = this.infrastructure.host(to);
    return this.infrastructure.host(from).hypervisor.migrate(name, { host: to, uri: target.migrationUri }, options);
  }
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}
