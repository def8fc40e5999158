import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asset } from '../../../core/assets/package-root.js';
import { pluginsFor } from '../../../core/app/composition.js';
import { loadDeployment } from '../../../core/app/load-files.js';
import { exploreDeployment, type Exploration } from '../../../core/app/validation/explore/index.js';

const HEAD = '<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" datamodel="ecmascript">';

/** Machines with Tomcats on two hosts, an event `overloaded` of hosts, and these diagrams. */
function deployment(uses: string, machines: number): string {
  return `<deployment xmlns="urn:attitune:deployment:1" name="test">
    <hosts family="servers" hypervisor="simulated">
      <host name="host1" uri="test:///1"/><host name="host2" uri="test:///2"/>
    </hosts>
    <component class="Machine" wrapper="virtual-machine" hosts="servers" initial="${machines}">
      <attribute name="image" value="tomcat"/><attribute name="memory" value="384 MiB"/>
    </component>
    <component class="Tomcat" wrapper="tomcat" inside="Machine"/>
    <probe name="cpu" measure="cpu" of="servers" every="1 s">
      <detector type="watchdog" above="80 %" points="5" raise="overloaded"/>
    </probe>
    <diagram src="${asset('examples/apache-tomcat/stop.scxml').replace('stop', 'relieve')}" on="overloaded"/>
    ${uses}
  </deployment>`;
}

interface ExploreOptions {
  readonly limits?: { paths: number; choices: number };
  /** One unless told. */
  readonly machines?: number;
}

/** Explores a deployment whose start diagram has these states; only what is found about that diagram is returned. */
export async function exploreStart(states: string, options: ExploreOptions = {}): Promise<Exploration> {
  const [found] = (await explore('role="start"', states, options)).filter(({ startedBy }) => startedBy === 'start');
  if (!found) throw new Error('the start diagram was not explored');
  return found;
}

/** As {@link exploreStart}, of a diagram that an event of a host starts; one result for each kind of host. */
export async function exploreOnEvent(states: string): Promise<Exploration[]> {
  const found = await explore('on="overloaded"', states, { machines: 2 });
  return found.filter(({ diagram }) => diagram.endsWith('diagram.scxml'));
}

async function explore(
  use: string,
  states: string,
  { limits, machines = 1 }: ExploreOptions = {},
): Promise<Exploration[]> {
  const folder = mkdtempSync(join(tmpdir(), 'attitune-explore-'));
  try {
    writeFileSync(join(folder, 'diagram.scxml'), `${HEAD}${states}</scxml>`);
    const file = join(folder, 'test.deployment.xml');
    writeFileSync(file, deployment(`<diagram src="diagram.scxml" ${use}/>`, machines));
    const { loaded, errors } = loadDeployment(file, pluginsFor);
    if (!loaded) throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'));
    return await exploreDeployment(loaded, pluginsFor(file), limits ? { limits } : {});
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The shortest way to each problem. */
export function waysOf({ problems }: Exploration): string[] {
  return problems.map(({ details }) => (details['path'] as string[]).join(' → '));
}
