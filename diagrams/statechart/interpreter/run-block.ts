import type { Block, Expression, ForeachStep, Step, StepOf } from '../chart/content.js';
import { ContentError, raiseError, textValue } from './content-scope.js';
import type { ContentScope } from './content-scope.js';
import { runSend } from './run-send.js';

/**
 * Runs executable content (SCXML chapter 4). A step that fails raises an `error.*` event and ends the whole block;
 * nothing is thrown.
 */
export function runBlock(block: Block, scope: ContentScope): void {
  if (block.steps.length === 0) return;
  try {
    runSteps(block, scope);
  } catch (error) {
    const { cause, name, sendid } = error instanceof ContentError ? error : new ContentError(error);
    raiseError(scope, cause, name, sendid);
  }
}

function runSteps(block: Block, scope: ContentScope): void {
  for (const step of block.steps) runStep(step, scope);
}

function runStep(step: Step, scope: ContentScope): void {
  (STEPS[step.kind] as (step: Step, scope: ContentScope) => void)(step, scope);
}

const STEPS: { readonly [K in Step['kind']]: (step: StepOf<K>, scope: ContentScope) => void } = {
  raise: (step, scope) => scope.raise({ name: step.event, type: 'internal' }),
  if: (step, scope) => {
    const branch = step.branches.find(({ cond }) => cond === undefined || scope.data.test(cond));
    if (branch) runSteps(branch.block, scope);
  },
  foreach: runForeach,
  log: (step, scope) => scope.effect({ kind: 'log', label: step.label, value: exported(step.expr, scope) }),
  assign: ({ location, expr, value }, { data }) => {
    data.assign(location, expr ? data.evaluate(expr) : data.import(value));
  },
  script: (step, scope) => scope.data.run(step.script),
  send: runSend,
  cancel: (step, scope) => scope.effect({ kind: 'cancel', sendId: textValue(step.sendId, scope.data) ?? '' }),
  set: (step, scope) => {
    scope.effect({ kind: 'assign', path: step.path, value: exported(step.expr, scope), state: scope.state });
  },
};

function exported(expr: Expression | undefined, { data }: ContentScope): unknown {
  return expr && data.export(data.evaluate(expr), expr);
}

function runForeach(step: ForeachStep, scope: ContentScope): void {
  const { data } = scope;
  const items = data.items(step.array);
  data.declare(step.item);
  if (step.index) data.declare(step.index);
  for (const [index, item] of items.entries()) {
    data.assign(step.item.location, item);
    if (step.index) data.assign(step.index.location, index);
    runSteps(step.block, scope);
  }
}
