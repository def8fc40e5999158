import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { CallContext } from '../operations/call-context.js';
import type { ComponentCalls } from '../operations/component-calls.js';
import type { Journal } from '../journal.js';
import { namesOf, type Transaction, type UndoOutcome, type UndoRecord } from './transaction.js';

type RecordOf<K extends UndoRecord['kind']> = Extract<UndoRecord, { readonly kind: K }>;

/** Nothing of a record was left to undo; or what became of it. */
type Undone = UndoOutcome | undefined;

/** What a procedure that failed leaves behind. */
export interface RollbackReport {
  readonly undone: readonly string[];
  /** What cannot be undone and stays as it is. */
  readonly kept: readonly string[];
  /** What could not be undone although it should have been; its component is `failed`. */
  readonly failed: readonly string[];
}

/**
 * Takes back what a failed procedure did, last step first, and brings no more about than that: what the world says now
 * decides what is to be done. Each operation has its time-out, each record is dealt with once, so it always ends. A
 * component that cannot be brought back becomes `failed` with the reason.
 */
export class Rollback {
  constructor(
    private readonly parts: {
      readonly system: SystemRepresentation;
      readonly calls: ComponentCalls;
      readonly journal: Journal;
      readonly changed: () => void;
    },
  ) {}

  /** Never rejects. Goes on where a former manager left the transaction. */
  async run(transaction: Transaction, session: string, cause: number | undefined): Promise<RollbackReport> {
    const context: CallContext = { session, scope: {}, cause };
    for (let group = lastOf(transaction.records); group.length > 0; group = lastOf(transaction.records)) {
      await Promise.all(
        group.map(async (record) => {
          const outcome = await this.#undo(record, context);
          transaction.settle(record, outcome);
          if (outcome?.result !== 'undone') return;
          const [subject = ''] = namesOf(record);
          this.parts.journal.append('component', subject, `undone: ${outcome.text}`, { cause, data: { undo: record } });
        }),
      );
    }
    const texts = (result: UndoOutcome['result']) =>
      transaction.outcomes.filter((outcome) => outcome.result === result).map(({ text }) => text);
    return { undone: texts('undone'), kept: texts('kept'), failed: texts('failed') };
  }

  async #undo(record: UndoRecord, context: CallContext): Promise<Undone> {
    try {
      return await (this.#undoing[record.kind] as (record: UndoRecord, context: CallContext) => Promise<Undone>)(
        record,
        context,
      );
    } catch (error) {
      const { message } = AttituneError.from(error);
      const [name = ''] = namesOf(record);
      const component = this.#find(name);
      if (component && component.kind !== 'host') this.#fail(component, message);
      return { result: 'failed', text: message.includes(name) ? message : `${name}: ${message}` };
    } finally {
      this.parts.changed();
    }
  }

  readonly #undoing: {
    readonly [K in UndoRecord['kind']]: (record: RecordOf<K>, context: CallContext) => Undone | Promise<Undone>;
  } = {
    created: async ({ component: name }, context) => {
      const component = this.#find(name);
      if (!component) return undefined;
      this.#settleState(component);
      try {
        if (component.lifeCycle.state !== 'stopped') await this.#stop(component, context);
      } finally {
        // also where it cannot be stopped: its peers must not use what is to go
        for (const { from, name: interfaceName } of [...component.incoming])
          from.unbind(interfaceName, component, { reverting: true });
        for (const { to, name: interfaceName } of [...component.outgoing])
          component.unbind(interfaceName, to, { reverting: true });
      }
      this.parts.system.remove(component);
      return { result: 'undone', text: `${name} removed` };
    },

    removed: ({ component }) => ({ result: 'kept', text: `${component} was removed` }),

    bound: ({ association, from, to }) => {
      const [client, server] = [this.#find(from), this.#find(to)];
      if (!client || !server || !client.lookup(association).includes(server)) return undefined;
      client.unbind(association, server, { reverting: true });
      return { result: 'undone', text: `${from}.${association} unbound from ${to}` };
    },

    unbound: ({ association, from, to }) => {
      const [client, server] = [this.#find(from), this.#find(to)];
      if (!client || !server)
        return { result: 'kept', text: `${from}.${association} is no longer bound to ${to}, for one of them is gone` };
      if (client.lookup(association).includes(server)) return undefined;
      client.bind(association, server);
      return { result: 'undone', text: `${from}.${association} bound to ${to}` };
    },

    'life-cycle': async ({ component: name, former, failure }, context) => {
      const component = this.#find(name);
      if (!component) return undefined;
      const stopping = component.lifeCycle.state === 'stopping' && this.parts.calls.mayRepeat(component, 'stop');
      if (!stopping) this.#settleState(component);
      const { state } = component.lifeCycle;
      if (former === 'started') {
        return state === 'started'
          ? undefined
          : { result: 'kept', text: `${name} is ${state}, although it ran before` };
      }
      if (state === 'failed') return former === 'failed' ? undefined : { result: 'kept', text: `${name} is failed` };
      if (state !== 'stopped') {
        if (!this.parts.calls.has(component, 'stop'))
          return { result: 'kept', text: `${name} is started, for its wrapper has no operation "stop"` };
        await this.#stop(component, context);
      }
      if (former === 'failed') {
        component.lifeCycle.enter('failed', failure);
        return { result: 'undone', text: `${name} stopped, and failed as before` };
      }
      return state === 'stopped' ? undefined : { result: 'undone', text: `${name} stopped` };
    },

    attribute: ({ component: name, name: attribute, former }) => {
      const component = this.#find(name);
      if (!component || (component.attributes.get(attribute) ?? null) === former) return undefined;
      if (former === null) component.removeAttribute(attribute);
      else component.setAttribute(attribute, former);
      const what = former === null ? 'unset' : `set back to "${former}"`;
      return { result: 'undone', text: `${name}.${attribute} ${what}` };
    },

    migrated: ({ component: name, from }) => {
      const component = this.#find(name);
      const host = component && this.parts.system.hostOf(component)?.name;
      if (!component || host === from) return undefined;
      return { result: 'kept', text: `${name} stays on ${host ?? 'no host'} (it was on ${from})` };
    },

    placed: ({ component: name, from }) => {
      const component = this.#find(name);
      const node = this.#find(from ?? undefined);
      if (!component || this.parts.system.nodeOf(component) === node) return undefined;
      const { state } = component.lifeCycle;
      if (!node || (state !== 'stopped' && state !== 'failed')) {
        const now = this.parts.system.nodeOf(component)?.name ?? 'no node';
        return { result: 'kept', text: `${name} stays on ${now} (it was on ${from ?? 'no node'})` };
      }
      this.parts.system.place(component, node);
      return { result: 'undone', text: `${name} placed on ${node.name} again` };
    },

    changed: async ({ component: name, operation, former }, context) => {
      const component = this.#find(name);
      const entries = Object.entries(former);
      if (!component || entries.every(([attribute, value]) => component.attributes.get(attribute) === value))
        return undefined;
      if (component.lifeCycle.state === 'started') {
        const call = { operation, parameters: former, key: '', signal: new AbortController().signal };
        await this.parts.calls.call(component, call, context);
      } else {
        // what does not run takes it from its attributes when it starts
        for (const [attribute, value] of entries) component.setAttribute(attribute, value);
      }
      const values = entries.map(([attribute, value]) => `${attribute} ${value}`).join(', ');
      return { result: 'undone', text: `${name}.${operation} taken back to ${values}` };
    },

    called: ({ component, operation }) =>
      this.#find(component) ? { result: 'kept', text: `${component}.${operation}` } : undefined,
  };

  /** Throws what the wrapper says; the component is then `failed` already. */
  async #stop(component: Component, context: CallContext): Promise<void> {
    const call = { operation: 'stop', parameters: {}, key: '', signal: new AbortController().signal };
    await this.parts.calls.call(component, call, context);
  }

  /** Whatever was going on when its procedure ended, or its manager died, goes on no more. */
  #settleState(component: Component): void {
    const { state } = component.lifeCycle;
    if (state === 'starting' || state === 'stopping')
      this.#fail(component, `it was left while it was ${state}, so nobody knows how far that came`);
  }

  #fail(component: Component, reason: string): void {
    if (component.lifeCycle.state !== 'failed') component.lifeCycle.enter('failed', reason);
  }

  #find(name: string | undefined): Component | undefined {
    const { system } = this.parts;
    return name !== undefined && system.has(name) ? system.component(name) : undefined;
  }
}

/** The last record, with those before it that the same call left: they are undone side by side. */
function lastOf(records: readonly UndoRecord[]): readonly UndoRecord[] {
  const last = records.at(-1);
  if (!last) return [];
  if (last.kind !== 'life-cycle') return [last];
  const from = records.findLastIndex((record) => record.kind !== 'life-cycle' || record.call !== last.call);
  return records.slice(from + 1);
}

/** The report as sentences, to be put behind what failed. */
export function tellRollback({ undone, kept, failed }: RollbackReport): string {
  const sentences: string[] = [];
  if (undone.length > 0) sentences.push(`Undone: ${undone.join(', ')}.`);
  if (kept.length > 0) sentences.push(`Cannot be undone: ${kept.join(', ')}.`);
  if (failed.length > 0) sentences.push(`Undoing failed: ${failed.map((text) => text.replace(/\.$/, '')).join('; ')}.`);
  return sentences.join(' ');
}
