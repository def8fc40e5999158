/**
 * What a TypeScript diagram knows of a deployment at compile time. `attitune types FILE.deployment.xml` writes an
 * interface of this shape; {@link OperationText} then checks every operation that a machine invokes.
 */
export interface SystemTypes {
  /** Component classes and host families. */
  readonly classes: Readonly<Record<string, ClassTypes>>;
  /** Names of events that something raises. */
  readonly events: string;
  /** Goals of `plan:GOAL`. */
  readonly goals: string;
}

export interface ClassTypes {
  /** A host family cannot grow. */
  readonly kind: 'class' | 'hosts';
  /** Operations of its wrapper. */
  readonly operations: string;
  readonly attributes: string;
  /** Associations, classes and `node`, each with the classes that it reaches. */
  readonly steps: Readonly<Record<string, string>>;
}

type Name<S extends SystemTypes> = keyof S['classes'] & string;
type Growing<S extends SystemTypes> = {
  [C in Name<S>]: S['classes'][C]['kind'] extends 'class' ? C : never;
}[Name<S>];
type OperationOf<S extends SystemTypes, C extends string> = C extends Name<S> ? S['classes'][C]['operations'] : never;
type StepOf<S extends SystemTypes, C extends string> =
  C extends Name<S> ? keyof S['classes'][C]['steps'] & string : never;
type Reached<S extends SystemTypes, C extends string, Step extends string> =
  C extends Name<S>
    ? Step extends keyof S['classes'][C]['steps']
      ? S['classes'][C]['steps'][Step]
      : Step extends Name<S>
        ? Step
        : never
    : never;

/** The classes that the first name of a path stands for; `arg` and `new` may be any. */
type Head<S extends SystemTypes, This extends string, H extends string> = H extends 'this'
  ? This
  : H extends 'arg'
    ? Name<S>
    : H extends 'new'
      ? Growing<S>
      : H extends 'all' | 'vms'
        ? Growing<S>
        : H extends Name<S>
          ? H
          : never;
type Heads<S extends SystemTypes> = Name<S> | 'this' | 'arg' | 'new' | 'all' | 'vms';

/** Goes along a path; where it cannot, it gives what could stand there, which is what the compiler then shows. */
type Walk<
  S extends SystemTypes,
  Done extends string,
  Rest extends string,
  At extends string,
> = Rest extends `${infer Step}?.${infer Operation}`
  ? [Reached<S, At, Step>] extends [never]
    ? `${Done}${StepOf<S, At> | Name<S>}?.${Operation}`
    : // what is optional may be missing
      `${Done}${Rest}`
  : Rest extends `${infer Step}.${infer Next}`
    ? [Reached<S, At, Step>] extends [never]
      ? `${Done}${StepOf<S, At> | Name<S>}.${Next}`
      : Walk<S, `${Done}${Step}.`, Next, Reached<S, At, Step>>
    : Rest extends OperationOf<S, At>
      ? `${Done}${Rest}`
      : `${Done}${OperationOf<S, At>}`;

/**
 * `T` itself where it is an operation of the system: `PATH.OPERATION`, `CLASS++`, `CLASS--`, `this--` or `plan:GOAL`, as in
 * the `src` of an SCXML `<invoke>`. Otherwise the texts that it could have been meant for. `This` is the class of the
 * component that the diagram's event names. Texts with variables of the session (`$of.start`) are not checked.
 */
export type OperationText<
  S extends SystemTypes,
  This extends string,
  T extends string,
> = T extends `${string}$${string}`
  ? T
  : T extends `plan:${infer Goal}`
    ? Goal extends S['goals']
      ? T
      : `plan:${S['goals']}`
    : T extends `${infer Class}++`
      ? Class extends Growing<S>
        ? T
        : `${Growing<S>}++`
      : T extends `${infer Target}--`
        ? Target extends Growing<S> | 'this' | 'arg' | 'new'
          ? T
          : `${Growing<S> | 'this' | 'arg' | 'new'}--`
        : T extends `${infer First}.${infer Rest}`
          ? [Head<S, This, First>] extends [never]
            ? `${Heads<S>}.${Rest}`
            : Walk<S, `${First}.`, Rest, Head<S, This, First>>
          : `${Heads<S>}.${string}`;

/** Every operation of every class. */
export type AnyOperation<S extends SystemTypes> = OperationOf<S, Name<S>>;

/** `this.ATTRIBUTE`, `arg.ATTRIBUTE` and `new.ATTRIBUTE`. */
export type AttributePath<S extends SystemTypes, This extends string> =
  | `this.${This extends Name<S> ? S['classes'][This]['attributes'] : never}`
  | `${'arg' | 'new'}.${S['classes'][Name<S>]['attributes']}`;
