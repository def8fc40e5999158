import type { Chart } from './chart.js';
import type { Block, SendStep, Step } from './content.js';

/** A chart and every one that stands inside an `<invoke>` of it. */
export function chartsOf(chart: Chart): Chart[] {
  const inner = chart.states.flatMap(({ invokes }) => invokes.flatMap(({ content }) => content?.chart ?? []));
  return [chart, ...inner.flatMap(chartsOf)];
}

/** Every block of executable content of a chart. */
export function blocksOf(chart: Chart): Block[] {
  return [
    ...chart.states.flatMap(({ onentry, onexit, invokes }) => [
      ...onentry,
      ...onexit,
      ...invokes.flatMap(({ finalize }) => (finalize ? [finalize] : [])),
    ]),
    ...chart.transitions.map(({ content }) => content),
  ];
}

/** Every step of a block, those inside `<if>` and `<foreach>` included. */
export function stepsOf(block: Block): Step[] {
  return block.steps.flatMap((step) => [
    step,
    ...(step.kind === 'if' ? step.branches.flatMap((branch) => stepsOf(branch.block)) : []),
    ...(step.kind === 'foreach' ? stepsOf(step.block) : []),
  ]);
}

/** Every `<send>` of a chart. */
export function sendsOf(chart: Chart): SendStep[] {
  return blocksOf(chart)
    .flatMap(stepsOf)
    .filter((step): step is SendStep => step.kind === 'send');
}
