import { expect } from 'chai';
import { Component } from '../../../core/model/component.js';
import { AttituneError } from '../../../core/model/errors.js';
import { LocalExecutor } from '../../../wrappers/language/executors/local.js';
import { CommandProbe } from '../../../probes/command.probe.js';
import { host, patient, target } from './world.js';

const PLACE = { file: 'x', line: 1, column: 1 };
const here = new LocalExecutor({ node: 'here' });
const component = new Component({
  name: 'Queue_1',
  className: 'Queue',
  kind: 'software',
  attributes: { folder: '/var/a folder', evil: '$(echo 666); echo 667', port: '8080', PATH: '/nowhere' },
});

function read(parameters: Readonly<Record<string, string>>, signal = patient): Promise<number | undefined> {
  const probe = new CommandProbe();
  probe.check(parameters, PLACE);
  return probe.attach(target({ host: () => host('here', { executor: here }), component, parameters })).read(signal);
}

async function fault(reading: Promise<unknown>): Promise<string> {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(AttituneError);
  return `${(error as AttituneError).code}: ${(error as AttituneError).message}`;
}

describe('command probe', () => {
  it('is the last number that is printed, or the one of the pattern', async () => {
    expect(await read({ command: "printf 'queue 12\\nworkers 3\\n'" })).to.equal(3);
    expect(await read({ command: "printf 'queue 12\\nworkers 3\\n'", pattern: 'queue (\\d+)' })).to.equal(12);
  });

  it('runs without a shell: attributes are one argument each, and nothing else happens', async () => {
    expect(await read({ command: 'printf %s:4 $folder' })).to.equal(4);
    expect(await read({ command: 'echo $evil', pattern: '^\\$\\(echo (\\d+)\\)' })).to.equal(666);
    expect(await fault(read({ command: 'echo $srname 5; exit 3', pattern: 'Queue_1 (\\d); exit 4' }))).to.include(
      'which "Queue_1 (\\d); exit 4" does not match',
    );
  });

  it('in a shell has the attributes as variables, which never become code', async () => {
    expect(await read({ command: 'echo $((port + 1)) | cat', shell: 'true' })).to.equal(8081);
    expect(await read({ command: 'echo "$evil" 5', shell: 'true' })).to.equal(5);
    expect(await fault(read({ command: 'echo "$evil"', shell: 'true', pattern: '^(667)$' }))).to.include(
      'does not match',
    );
  });

  it('tells why there is no number', async () => {
    const FAULTS: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
      [{ command: 'sh -c "echo broken >&2; echo more >&2; exit 3"' }, 'ended with exit code 3: broken'],
      [{ command: 'true' }, 'printed nothing'],
      [{ command: 'echo none at all' }, 'in which there is no number'],
      [{ command: 'echo NaN', pattern: '(.+)' }, 'no finite number'],
      [{ command: 'echo 1e999', pattern: '(.+)' }, 'no finite number'],
      [{ command: 'sleep 5', timeout: '100 ms' }, 'operation-timeout'],
      [{ command: '/no/such/program' }, 'operation-failed'],
      [{ command: 'echo $workers' }, 'Queue_1 has no attribute "workers" now'],
      [{ command: `echo ${'a'.repeat(50)}!`, pattern: '^((?:a+)+)$' }, 'operation-timeout: The pattern'],
    ];
    for (const [parameters, expected] of FAULTS) expect(await fault(read(parameters))).to.include(expected);
  });

  it('refuses wrong parameters before anything runs', () => {
    const WRONG: readonly Readonly<Record<string, string>>[] = [
      { command: '' },
      { command: 'echo "x' },
      { command: 'echo $' },
      { command: 'echo 1', shell: 'yes' },
      { command: 'echo 1', pattern: '(' },
      { command: 'echo 1', pattern: 'none' },
      { command: 'echo 1', timeout: '0 s' },
      { command: 'echo 1', timeout: 'soon' },
      { command: 'echo 1', unit: '\u0007' },
    ];
    for (const parameters of WRONG)
      expect(() => new CommandProbe().check(parameters, PLACE), JSON.stringify(parameters)).to.throw(AttituneError);
  });
});
