import { posix } from 'node:path';
import type { FileTree } from '../simulated/file-tree.js';
import type { SimulatedProcess } from '../simulated/process.js';
import type { Distribution, SimulatedService } from '../simulated/service.js';
import type { ProgramCall, SimulatedSoftware } from '../simulated/software.js';

export interface TomcatSimulationSettings {
  /** Mean CPU time of one request in Tomcat. */
  readonly cpuMs?: number;
  readonly distribution?: Distribution;
  /** From the start of the JVM until the connectors listen, and what that takes of the CPU. */
  readonly startMs?: number;
  readonly startCpus?: number;
  readonly stopMs?: number;
}

/** Tomcat in the simulation: reads `server.xml` when it starts, and listens on the ports of its HTTP connectors when it is up. */
export function tomcatSimulation(settings: TomcatSimulationSettings = {}): SimulatedSoftware {
  const { cpuMs = 3.2, distribution = 'exponential', startMs = 10_000, startCpus = 0.6, stopMs = 500 } = settings;
  const begin = (jvm: SimulatedProcess, call: ProgramCall): void => {
    const base = baseFolder(call);
    const configuration = jvm.machine.files.read(posix.join(base, 'conf/server.xml'));
    if (configuration === undefined) {
      call.err(
        `SEVERE Cannot start server, server instance is not configured: ${base}/conf/server.xml cannot be read\n`,
      );
      jvm.exit(1);
      return;
    }
    const connectors = httpConnectors(configuration, call);
    const fatal =
      jvm.machine.files.read(posix.join(base, 'bin/setenv.sh'))?.includes('EXIT_ON_INIT_FAILURE=true') ?? false;
    const told = jvm.machine.files.read(posix.join(base, STATUS_CONTEXT)) !== undefined;
    const serviceOn = (port: number): SimulatedService => ({
      // a further connector only tells how busy the first one is
      cpuMs: port === connectors[0]?.port ? cpuMs : STATUS_CPU_MS,
      distribution,
      answer: (path) =>
        (told ? busy(path, port, connectors, jvm.requests) : undefined) ?? page(jvm.machine.files, base, path),
    });
    const started = jvm.demand(startCpus);
    jvm.after(startMs, () => {
      started();
      for (const { port } of connectors) {
        if (jvm.machine.listen(port, jvm, serviceOn(port))) continue;
        const component = `Connector["http-nio-${port}"]`;
        call.err(
          `SEVERE Failed to initialize component [${component}]: java.net.BindException: Address already in use\n`,
        );
        // without that option a connector that fails leaves Tomcat running without it
        if (fatal) {
          jvm.exit(1);
          return;
        }
      }
      call.err(`INFO Server startup in [${startMs}] milliseconds\n`);
    });
    jvm.onSignal = (signal) => {
      if (signal !== 'SIGTERM' && signal !== 'SIGINT' && signal !== 'SIGHUP') return false;
      jvm.machine.unlisten(jvm);
      jvm.onSignal = undefined;
      jvm.after(stopMs, () => jvm.exit(143));
      return true;
    };
  };

  return {
    name: 'tomcat',
    matches: ([program = '', ...args]) =>
      posix.basename(program) === 'catalina.sh' || args.includes('org.apache.catalina.startup.Bootstrap'),
    execute: (call) => {
      const pidFile = call.env['CATALINA_PID'];
      if (call.argv.includes('stop')) {
        const pid = Number(pidFile === undefined ? NaN : call.machine.files.read(pidFile));
        const jvm = call.machine.process(pid);
        jvm?.signal('SIGTERM');
        call.process.after(100, () => call.process.exit(jvm ? 0 : 1));
      } else if (posix.basename(call.argv[0] ?? '') === 'catalina.sh' && call.argv.includes('start')) {
        const jvm = call.machine.spawn(['java', 'org.apache.catalina.startup.Bootstrap', 'start'], call.env);
        if (pidFile !== undefined) call.machine.files.write(pidFile, `${jvm.pid}\n`);
        begin(jvm, call);
        call.process.after(100, () => call.process.exit(0));
      } else {
        begin(call.process, call);
      }
    },
  };
}

/** A static file of the root application; where no application is there at all, what it would answer is not known. */
function page(files: FileTree, base: string, path: string): { readonly status: number; readonly body: string } {
  const applications = posix.join(base, 'webapps');
  if (files.under(applications).length === 0) return { status: 200, body: 'Tomcat' };
  const name = (path.split('?')[0] ?? '').replace(/\/$/, '/index.html');
  const body = files.read(posix.join(applications, 'ROOT', name)) ?? files.read(posix.join(applications, name));
  return body === undefined ? { status: 404, body: 'Not Found' } : { status: 200, body };
}

function baseFolder({ env, argv }: ProgramCall): string {
  const option = argv.find((arg) => arg.startsWith('-Dcatalina.base='));
  return (
    option?.slice('-Dcatalina.base='.length) ?? env['CATALINA_BASE'] ?? env['CATALINA_HOME'] ?? '/usr/share/tomcat10'
  );
}

/** Where the wrapper puts the page that tells how busy it is. */
const STATUS_CONTEXT = 'conf/Catalina/localhost/attitune.xml';
const BEAN = /^\/attitune\/status\?get=Catalina:type=ThreadPool,name=%22http-nio-(\d+)%22&att=(\w+)$/;
const STATUS_CPU_MS = 0.1;
/** Of a connector that does not say. */
const MOST_THREADS = 200;

interface HttpConnector {
  readonly port: number;
  readonly maxThreads: number;
}

/** What the JMX proxy answers of a thread pool; `undefined` for what it is not asked for. */
function busy(
  path: string,
  asked: number,
  connectors: readonly HttpConnector[],
  requests: number,
): { readonly status: number; readonly body: string } | undefined {
  if (!path.startsWith('/attitune/')) return undefined;
  const [, port = '', attribute = ''] = BEAN.exec(path) ?? [];
  const pool = connectors.find((connector) => connector.port === Number(port));
  if (attribute === '') return { status: 403, body: 'Forbidden' };
  // what asks is a request too, and on another connector none of this pool
  const own = pool ? Math.min(pool.maxThreads, requests - (pool.port === asked ? 0 : 1)) : 0;
  const values = { currentThreadsBusy: own, currentThreadCount: own, maxThreads: pool?.maxThreads };
  const value = Object.hasOwn(values, attribute) ? values[attribute as keyof typeof values] : undefined;
  if (!pool || value === undefined) return { status: 200, body: `Error - ${attribute} of port ${port} is not there` };
  const bean = `Catalina:type=ThreadPool,name="http-nio-${port}"`;
  return { status: 200, body: `OK - Attribute get '${bean}' - ${attribute} = ${value}\n` };
}

/** The HTTP connectors; `${name}` stands for a system property. */
function httpConnectors(serverXml: string, { env, argv }: ProgramCall): readonly HttpConnector[] {
  const properties = [
    ...`${env['JAVA_OPTS'] ?? ''} ${env['CATALINA_OPTS'] ?? ''} ${argv.join(' ')}`.matchAll(/-D([^=\s]+)=(\S+)/g),
  ];
  const values = new Map(properties.map(([, name = '', value = '']) => [name, value]));
  const filled = (text: string) =>
    text.replace(/\$\{([^}:]+)(?::-?([^}]*))?\}/g, (_, name: string, other = '') => values.get(name) ?? String(other));
  const connectors = serverXml.replace(/<!--[\s\S]*?-->/g, '').match(/<Connector\b[^>]*>/g) ?? [];
  const attribute = (connector: string, name: string) =>
    Number(filled(new RegExp(`\\b${name}\\s*=\\s*["']([^"']+)["']`).exec(connector)?.[1] ?? ''));
  return connectors
    .filter((connector) => !/protocol\s*=\s*["'][^"']*AJP/i.test(connector))
    .map((connector) => ({
      port: attribute(connector, 'port'),
      maxThreads: attribute(connector, 'maxThreads') || MOST_THREADS,
    }))
    .filter(({ port }) => port > 0);
}
