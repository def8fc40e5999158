import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { freePort } from './ports.js';

/** The programs that {@link startExporter} and {@link startPrometheus} need, with their Debian packages. */
export const PROMETHEUS_PROGRAMS = {
  prometheus: 'prometheus',
  'prometheus-node-exporter': 'prometheus-node-exporter',
};

/** A real one of its own on loopback, on a port that was free. */
export interface PrivateServer {
  readonly url: string;
  /** Ends it, and takes its files away. */
  stop(): Promise<void>;
}

/** Debian's node_exporter. */
export async function startExporter(): Promise<PrivateServer> {
  const port = await freePort();
  const child = spawn('prometheus-node-exporter', [`--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  return ready(child, `http://127.0.0.1:${port}`, '/metrics');
}

/** Debian's Prometheus, scraping `HOST:PORT/metrics` of each target every second. */
export async function startPrometheus(targets: readonly string[]): Promise<PrivateServer> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'attitune-prometheus-'));
  const configuration = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [{ job_name: 'test', static_configs: [{ targets }] }],
  };
  // JSON is YAML
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(configuration));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  return ready(child, `http://127.0.0.1:${port}`, '/-/ready', () => rm(folder, { recursive: true, force: true }));
}

async function ready(
  child: ChildProcess,
  url: string,
  path: string,
  clean: () => Promise<void> = () => Promise.resolve(),
): Promise<PrivateServer> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.once('error', () => undefined);
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null) {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(force);
    }
    await clean();
  };
  try {
    await eventually(async () => (await fetch(url + path)).ok, 20_000, `${url} answers`);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
