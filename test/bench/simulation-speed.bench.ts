import { webWorld } from '../support/web-world.js';

const RUNS = 5;
const AT_LEAST = 20;

/** How much faster than real time the scenario runs, in processor time, so that others on the machine do not count. */
export async function simulationSpeed(): Promise<boolean> {
  const ratios: number[] = [];
  for (let seed = 0; seed <= RUNS; seed += 1) {
    const world = webWorld(seed);
    const startedAt = world.clock.now();
    const before = process.cpuUsage();
    const { report } = await world.run();
    const { user, system } = process.cpuUsage(before);
    const ratio = (world.clock.now() - startedAt) / ((user + system) / 1000);
    // the first run warms up
    if (seed > 0) ratios.push(ratio);
    console.log(`seed ${seed}: ${report.requests.total} requests, ${ratio.toFixed(0)} × real time`);
  }
  const median = ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? 0;
  const held = median >= AT_LEAST;
  console.log(
    `simulation-speed: ${median.toFixed(0)} × real time, at least ${AT_LEAST} is asked for: ${held ? 'held' : 'missed'}`,
  );
  return held;
}
