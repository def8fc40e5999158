import { BUILT_IN_OPERATIONS } from '../../loop/operations/built-in.js';
import { GOALS } from '../../loop/planning/planner.js';
import { ONLY } from '../../loop/operations/selection.js';
import {
  fillVariables,
  isScopeName,
  parseOperation,
  variablesIn,
  type Operation,
} from '../../loop/operations/operation-path.js';
import type { DeploymentDiagram, DiagramUse, PolicyUse } from '../../model/deployment.js';
import type { Diagram } from '../../model/diagram.js';
import { AttituneError, type ErrorCode } from '../../model/errors.js';
import type { Wrapper } from '../../model/wrapper.js';
import { isScxmlDiagram } from '../../../diagrams/statechart/index.js';
import { suggest } from '../../xml/index.js';
import { reachedClasses } from './reached-classes.js';

type OperationOf<K extends Operation['kind']> = Extract<Operation, { readonly kind: K }>;

interface Ground {
  readonly deployment: DeploymentDiagram;
  readonly wrapperOf: ReadonlyMap<string, Wrapper | undefined>;
  readonly use: DiagramUse | PolicyUse;
  /** True where some call of the diagram may make a component, so that `new` may stand for one. */
  readonly grows: boolean;
  /** The classes that `new` can stand for; absent where that is computed. */
  readonly made: readonly string[] | undefined;
  readonly add: (code: ErrorCode, message: string) => void;
}

/** Checks every operation that a diagram invokes: classes, associations, operations, goals and parameters that do not exist. */
export function checkCalls(
  diagram: Diagram,
  deployment: DeploymentDiagram,
  wrapperOf: ReadonlyMap<string, Wrapper | undefined>,
  use: DiagramUse | PolicyUse,
): AttituneError[] {
  const errors: AttituneError[] = [];
  const variables = { ...diagram.constants, ...use.parameters };
  const made = madeClasses(diagram, variables);
  const grows = made === undefined || made.length > 0;
  /** Variables that the deployment gives wrongly: each is told once, where the deployment uses the diagram. */
  const wrong = new Set<string>();
  for (const { src, params, place } of diagram.calls) {
    const names = variablesIn(src);
    // a computed path is checked when it is called
    if (src === '' || names.some((name) => wrong.has(name))) continue;
    const add = (code: ErrorCode, message: string) => {
      errors.push(new AttituneError(code, message, { place: names.length > 0 ? use.place : place }));
      for (const name of names) wrong.add(name);
    };
    let text: string;
    try {
      text = fillVariables(src, variables);
    } catch (error) {
      const fault = AttituneError.from(error);
      add(fault.code, fault.message);
      continue;
    }
    let operation: Operation;
    try {
      operation = parseOperation(text);
    } catch (error) {
      add('unknown-operation', AttituneError.from(error).message);
      continue;
    }
    const ground: Ground = { deployment, wrapperOf, use, grows, made, add };
    if (operation.kind === 'plan') checkPlan(operation, params, ground);
    else if (operation.kind === 'grow' || operation.kind === 'shrink-class') checkClass(operation.className, ground);
    else checkPath(operation, params, ground);
  }
  return errors;
}

function checkPlan({ goal }: OperationOf<'plan'>, params: readonly string[], { add }: Ground): void {
  const known = Object.hasOwn(GOALS, goal) ? GOALS[goal] : undefined;
  if (!known) {
    add('unknown-operation', `there is no goal "plan:${goal}".${suggest(goal, Object.keys(GOALS))}`);
    return;
  }
  const names = Object.keys(known.parameters);
  for (const name of params) {
    if (!names.includes(name))
      add('unknown-attribute', `plan:${goal} takes no parameter "${name}".${suggest(name, names)}`);
  }
}

function checkClass(className: string, { wrapperOf, add }: Ground): void {
  if (!wrapperOf.has(className))
    add('unknown-class', `there is no component class "${className}".${suggest(className, wrapperOf.keys())}`);
}

function checkPath(operation: OperationOf<'call' | 'shrink'>, params: readonly string[], ground: Ground): void {
  const { deployment, wrapperOf, use, made, add } = ground;
  const [head] = operation.path;
  const empty = isScopeName(head) ? standsForNothing(head, ground) : undefined;
  if (empty !== undefined) {
    add('unknown-class', `"${head}" stands for nothing here: ${empty}. Name a class instead.`);
    return;
  }
  const { classes, lost } = reachedClasses(operation.path, deployment, use, made);
  if (lost !== undefined) {
    const names = [...wrapperOf.keys(), ...deployment.associations.map(({ name }) => name)];
    const path = operation.path.join('.');
    add(
      'unknown-class',
      `the path "${path}" reaches nothing: "${lost}" is no class or association there.${suggest(lost, names)}`,
    );
    return;
  }
  if (operation.kind !== 'call') return;
  const builtIn = Object.hasOwn(BUILT_IN_OPERATIONS, operation.operation)
    ? BUILT_IN_OPERATIONS[operation.operation]
    : undefined;
  for (const name of classes ?? []) {
    const wrapper = wrapperOf.get(name);
    const known = !wrapper || operation.optional === true || wrapper.operations.has(operation.operation) || builtIn;
    // a class without instances is not reached as long as nothing makes one
    const present = deployment.classes.find((candidate) => candidate.name === name)?.initial !== 0 || ground.grows;
    if (known || !present) continue;
    const operations = [...wrapper.operations.keys(), ...Object.keys(BUILT_IN_OPERATIONS)];
    add(
      'unknown-operation',
      `the wrapper ${wrapper.name} of ${name} has no operation "${operation.operation}".${suggest(operation.operation, operations)}`,
    );
  }
  const own = classes?.some((name) => wrapperOf.get(name)?.operations.has(operation.operation)) ?? true;
  if (!builtIn || own) return;
  for (const name of params) {
    if (name !== ONLY && !builtIn.parameters.includes(name))
      add(
        'unknown-attribute',
        `${operation.operation} takes no parameter "${name}".${suggest(name, builtIn.parameters)}`,
      );
  }
  for (const name of builtIn.required ?? []) {
    if (!params.includes(name)) add('xml-element', `${operation.operation} lacks <param name="${name}" expr="…"/>.`);
  }
}

/** Why a name of the scope can stand for nothing, however the diagram runs; `undefined` where it may stand for something. */
function standsForNothing(name: string, { use, grows }: Ground): string | undefined {
  if (name === 'new') return grows ? undefined : 'nothing is created with "++" in this diagram';
  if ('on' in use) return use.on.length > 0 ? undefined : 'no event starts this diagram';
  return name === 'this' && use.for === undefined ? 'the policy has no for="CLASS"' : undefined;
}

/** The classes of every `CLASS++` of a diagram; `undefined` where some call is computed while it runs. */
function madeClasses(diagram: Diagram, variables: Readonly<Record<string, string>>): readonly string[] | undefined {
  const grown = diagram.calls.map(({ src }) => src.trim()).filter((src) => src.endsWith('++'));
  if (hasComputed(diagram)) return undefined;
  try {
    return grown.map((src) => fillVariables(src, variables).slice(0, -'++'.length));
  } catch {
    // the variable that is missing is reported where it is used
    return undefined;
  }
}

/** True where the diagram may have calls that `calls` does not list, because they are computed. */
function hasComputed(diagram: Diagram): boolean {
  if (!isScxmlDiagram(diagram)) return true;
  return diagram.chart.states.some(({ invokes }) =>
    invokes.some(({ src }) => src !== undefined && typeof src !== 'string'),
  );
}
