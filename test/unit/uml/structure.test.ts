import { expect } from 'chai';
import fc from 'fast-check';
import { formatError } from '../../../core/model/errors.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import { importUml, type UmlImport } from '../../../diagrams/uml/index.js';
import { eclipseModel, neighbours, type DrawnMachine, type DrawnVertex } from './draw-uml.js';
import { orderOf, runChart } from './run-chart.js';

function importMachine(machine: DrawnMachine): UmlImport {
  const read = neighbours({ 'drawn.uml': eclipseModel([machine]), 'hosts.nodes': 'host1\n' });
  return importUml('/drawn.uml', { read });
}

function chartOf(machine: DrawnMachine): string {
  const { files, errors } = importMachine(machine);
  expect(errors.map(formatError)).to.deep.equal([]);
  const text = files.find(({ name }) => name === 'start.scxml')?.text ?? '';
  expect(new ScxmlEngine().readText(text, 'start.scxml').errors.map(formatError)).to.deep.equal([]);
  return text;
}

/** A start chart of one-letter states, `f…` forks and `j…` joins, from `i` to `x`. */
function drawn(...transitions: readonly string[]): DrawnMachine {
  const ids = [...new Set(transitions.flatMap((transition) => transition.split('>')))];
  const vertices = ids.map((id): DrawnVertex => {
    if (id === 'i') return { id, kind: 'initial' };
    if (id === 'x') return { id, kind: 'final' };
    if (/^[fj]\d$/.test(id)) return { id, kind: id.startsWith('f') ? 'fork' : 'join' };
    return { id, kind: 'state', name: `Tomcat.${id}` };
  });
  return { name: 'startchart', vertices, transitions };
}

const after = async (machine: DrawnMachine) =>
  Object.fromEntries(
    Object.entries(await orderOf(chartOf(machine))).map(([name, rest]) => [
      name.slice('Tomcat.'.length),
      rest.map((each) => each.slice('Tomcat.'.length)).join(''),
    ]),
  );

describe('series-parallel structure of imported charts', () => {
  it('keeps branches of several steps', async () => {
    const machine = drawn('i>f1', 'f1>a', 'a>b', 'b>j1', 'f1>c', 'c>j1', 'j1>d', 'd>x');
    expect(await after(machine)).to.deep.equal({ a: 'bd', b: 'd', c: 'd', d: '' });
  });

  it('keeps forks inside branches', async () => {
    const machine = drawn(
      'i>f1',
      'f1>a',
      'a>f2',
      'f2>b',
      'f2>c',
      'b>j2',
      'c>j2',
      'j2>d',
      'd>j1',
      'f1>e',
      'e>j1',
      'j1>x',
    );
    expect(await after(machine)).to.deep.equal({ a: 'bcd', b: 'd', c: 'd', d: '', e: '' });
  });

  it('lets some branches of a fork meet before the others', async () => {
    const machine = drawn('i>f1', 'f1>a', 'f1>b', 'f1>c', 'a>j1', 'b>j1', 'j1>d', 'd>j2', 'c>j2', 'j2>e', 'e>x');
    expect(await after(machine)).to.deep.equal({ a: 'de', b: 'de', c: 'e', d: 'e', e: '' });
  });

  it('lets a join close several forks that stand in each other', async () => {
    const machine = drawn('i>f1', 'f1>a', 'f1>f2', 'f2>b', 'f2>c', 'a>j1', 'b>j1', 'c>j1', 'j1>x');
    expect(await after(machine)).to.deep.equal({ a: '', b: '', c: '' });
    expect(chartOf(machine).match(/<parallel/g)).to.have.length(1);
  });

  it('leaves out a branch without steps, and bars around one branch', async () => {
    const machine = drawn('i>f1', 'f1>j1', 'f1>a', 'a>j1', 'j1>x');
    expect(await after(machine)).to.deep.equal({ a: '' });
    expect(chartOf(machine)).not.to.contain('<parallel');
  });

  it('runs a chart that does nothing', async () => {
    expect(await runChart(chartOf(drawn('i>x')))).to.deep.equal({ status: 'final', calls: [], assigned: [] });
  });

  it('refuses branches that cross, with the place and the reason', () => {
    const machine = drawn('i>f1', 'f1>a', 'f1>f2', 'f2>b', 'f2>c', 'a>j1', 'b>j1', 'j1>d', 'd>j2', 'c>j2', 'j2>x');
    const { errors, files } = importMachine(machine);
    expect(files).to.deep.equal([]);
    expect(errors.map(({ code }) => code)).to.deep.equal(['value']);
    expect(errors[0]?.message).to.match(/^the branches that meet in the join were opened by 2 different bars/);
    expect(errors[0]?.place?.line).to.equal(6 + machine.vertices.length - 4);
  });

  it('takes forks that stand in each other 90 deep, and refuses deeper ones', () => {
    /** Fork after fork, each with one state beside the next fork. */
    const nested = (depth: number): DrawnMachine => {
      const vertices: DrawnVertex[] = [
        { id: 'i', kind: 'initial' },
        { id: 'x', kind: 'final' },
      ];
      const transitions = ['i>f0', 'j0>x'];
      for (let level = 0; level < depth; level += 1) {
        vertices.push({ id: `f${level}`, kind: 'fork' }, { id: `j${level}`, kind: 'join' });
        for (const side of ['a', 'b']) vertices.push({ id: `${side}${level}`, kind: 'state', name: `Tomcat.${side}` });
        transitions.push(`f${level}>a${level}`, `a${level}>j${level}`, `f${level}>b${level}`);
        const inner = level + 1 < depth;
        transitions.push(inner ? `b${level}>f${level + 1}` : `b${level}>j${level}`);
        if (inner) transitions.push(`j${level + 1}>j${level}`);
      }
      return { name: 'startchart', vertices, transitions };
    };
    expect(chartOf(nested(90)).match(/<parallel/g)).to.have.length(90);
    for (const depth of [91, 3000]) {
      expect(importMachine(nested(depth)).errors.map(({ message }) => message)).to.deep.equal([
        'the forks of "startchart" stand in each other more than 90 deep. Divide it into several diagrams.',
      ]);
    }
  });

  it('gives any series-parallel graph its own order back', async function () {
    this.timeout(30_000);
    await fc.assert(
      fc.asyncProperty(tree(2), async (flow) => {
        const { machine, order } = draw(flow);
        expect(await after(machine)).to.deep.equal(order);
      }),
      { seed: 20_070_903, numRuns: 40 },
    );
  });
});

/** A random flow: a list of steps, each a leaf or a list of branches. */
type RandomFlow = readonly (null | readonly RandomFlow[])[];

function tree(depth: number): fc.Arbitrary<RandomFlow> {
  const leaf = fc.constant(null);
  const step =
    depth === 0
      ? leaf
      : fc.oneof({ weight: 2, arbitrary: leaf }, fc.array(tree(depth - 1), { minLength: 2, maxLength: 3 }));
  return fc.array(step, { minLength: 1, maxLength: 3 });
}

/** Draws a flow with bars, and tells what must wait for what. */
function draw(flow: RandomFlow): { machine: DrawnMachine; order: Readonly<Record<string, string>> } {
  const vertices: DrawnVertex[] = [{ id: 'i', kind: 'initial' }];
  const transitions: string[] = [];
  const order: Record<string, string> = {};
  let count = 0;
  const name = () => `s${String((count += 1)).padStart(3, '0')}`;
  const add = (kind: DrawnVertex['kind'], from: string | undefined): string => {
    const id = name();
    vertices.push({ id, kind, ...(kind === 'state' ? { name: `Tomcat.${id}` } : {}) });
    if (from !== undefined) transitions.push(`${from}>${id}`);
    return id;
  };
  /** Returns the last vertex and all states of the flow. */
  const steps = (inner: RandomFlow, from: string): { last: string; states: readonly string[] } => {
    let last = from;
    const groups: (readonly string[])[] = [];
    for (const step of inner) {
      if (step === null) {
        last = add('state', last);
        groups.push([last]);
        continue;
      }
      const fork = add('fork', last);
      const branches = step.map((branch) => steps(branch, fork));
      last = add('join', undefined);
      for (const branch of branches) transitions.push(`${branch.last}>${last}`);
      groups.push(branches.flatMap(({ states }) => states));
    }
    groups.forEach((group, index) => {
      const later = groups.slice(index + 1).flat();
      for (const state of group) order[state] = [...(order[state]?.match(/s\d+/g) ?? []), ...later].sort().join('');
    });
    return { last, states: groups.flat() };
  };
  const { last } = steps(flow, 'i');
  vertices.push({ id: 'x', kind: 'final' });
  transitions.push(`${last}>x`);
  return { machine: { name: 'startchart', vertices, transitions }, order };
}
