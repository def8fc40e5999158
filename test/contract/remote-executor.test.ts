import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from '../../core/agent/agent.js';
import { RemoteExecutor } from '../../core/agent/remote-executor.js';
import { SimulatedMachine } from '../../core/agent/simulated-machine.js';
import { BusMember } from '../../core/bus/member.js';
import { MemoryHub } from '../../core/bus/memory-hub.js';
import { SystemClock } from '../../core/model/clock.js';
import { SeededRandom } from '../../core/model/random.js';
import { LocalExecutor } from '../../wrappers/language/executors/local.js';
import { executorContract } from './executor.contract.js';

executorContract('RemoteExecutor, an agent with a LocalExecutor behind it', async () => {
  const clock = new SystemClock();
  const hub = new MemoryHub({ clock });
  const enter = (name: string, role: string) =>
    BusMember.open(hub.transport(), { name, role, clock, random: new SeededRandom(name.length) });
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'attitune-remote-')));
  const host = await enter('host1', 'agent');
  const manager = await enter('manager', 'manager');
  const agent = new Agent({
    bus: host,
    clock,
    machine: new SimulatedMachine(),
    about: { version: '0', kind: 'host', machine: 'test' },
    executor: new LocalExecutor({ node: 'host1', graceMs: 300 }),
  });
  agent.start();
  return {
    executor: new RemoteExecutor(manager, 'host1', clock),
    folder,
    close: async () => {
      agent.stop();
      await Promise.all([host.close(), manager.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
});
