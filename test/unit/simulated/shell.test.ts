import { expect } from 'chai';
import { TestWorld } from './world.js';

describe('the shell of simulated machines', () => {
  const world = new TestWorld({ hosts: 1 });
  const { executor } = world.infrastructure.host('host1');
  const run = (script: string, ...args: string[]) =>
    world.settle(executor.run({ argv: ['sh', '-ec', script, 'sh', ...args], env: { NAME: 'a b' } }));

  for (const [script, stdout, exitCode] of [
    ['true && echo yes || echo no', 'yes\n', 0],
    ['false && echo yes || echo no', 'no\n', 0],
    ['true || echo yes && echo no', 'no\n', 0],
    ['false; echo $?', '1\n', 0],
    ['echo "$NAME" \'$NAME\' ${NAME}c # comment', 'a b $NAME a bc\n', 0],
    ['X=1; echo "$X" "\\$X"', '1 $X\n', 0],
    ['echo lost >/dev/null; echo kept', 'kept\n', 0],
    ['echo seen 1>&2 2>&1', '', 0],
    ['test -e /nowhere || exit 4; echo never', '', 4],
    ['mkdir -p /srv/x\ncd /srv/x && echo text > file; cat file', 'text\n', 0],
    // more than it understands: no effect, like any program that is not modelled
    ['for i in 1 2; do echo $i; done', '', 0],
    ['echo $(date)', '', 0],
  ] as const) {
    it(JSON.stringify(script), async () => {
      expect(await run(script)).to.include({ stdout, exitCode });
    });
  }

  it('hands on arguments, input and files', async () => {
    await run('cat > "$1"', '/srv/with space');
    expect(await world.settle(executor.get('/srv/with space'))).to.equal('');
    await world.settle(executor.put('/srv/script', 'echo from "$1"'));
    expect((await world.settle(executor.run({ argv: ['sh', '/srv/script', 'file'] }))).stdout).to.equal('from file\n');
  });

  it('ends what it started in the background when it is killed in a group', async () => {
    const attempt = executor.run({ argv: ['sh', '-c', 'sleep 60 & echo $! > /srv/pid; wait'], timeoutMs: 500 });
    const ended = attempt.catch((error: unknown) => error);
    expect(await world.settle(ended)).to.include({ code: 'operation-timeout' });
    const pid = Number(await world.settle(executor.get('/srv/pid')));
    expect(pid).to.be.greaterThan(1);
    expect(await world.settle(executor.isRunning(pid))).to.equal(false);
  });
});
