import type { MemberBus } from '../../../core/model/member-bus.js';
import type { Topic, Topics } from '../../../core/model/bus.js';
import type { Question, Questions } from '../../../core/model/messages.js';
import type { PeerHost } from '../../../core/model/peer.js';
import type { RequestOptions } from '../../../core/model/member-bus.js';

const NEVER = new Promise<never>(() => undefined);

/** A host as a process that may die sees it: the dead one reads nothing, begins nothing, and aborts nothing that it began. */
export function mortalHost(host: PeerHost, isAlive: () => boolean): PeerHost {
  return {
    name: host.name,
    readings: () => (isAlive() ? host.readings() : NEVER),
    vms: () => (isAlive() ? host.vms() : NEVER),
    migrating: (vm) => (isAlive() && host.migrating ? host.migrating(vm) : NEVER),
    adapt: () => (isAlive() ? host.adapt() : NEVER),
    migrate: async (vm, to, signal) => {
      if (!isAlive()) return NEVER;
      const controller = new AbortController();
      const onAbort = () => isAlive() && controller.abort(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        return await host.migrate(vm, to, controller.signal);
      } catch (error) {
        if (isAlive()) throw error;
        return await NEVER;
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}

/** A bus on which everything that is told or asked may be told or asked twice, as by a sender that repeats itself. */
export function repeatingBus(bus: MemberBus, twice: () => boolean): MemberBus {
  return new Proxy(bus, {
    get(target, property) {
      if (property === 'publish')
        return <T extends Topic>(topic: T, message: Topics[T], to?: string) => {
          target.publish(topic, message, to);
          if (twice()) target.publish(topic, message, to);
        };
      if (property === 'request')
        return async <Q extends Question>(to: string, question: Q, body: Questions[Q]['asks'], how: RequestOptions) => {
          const first = target.request(to, question, body, how);
          if (!twice()) return first;
          const second = target.request(to, question, body, how).catch(() => undefined);
          const answer = await first;
          await second;
          return answer;
        };
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value as (...all: unknown[]) => unknown).bind(target) : value;
    },
  });
}
