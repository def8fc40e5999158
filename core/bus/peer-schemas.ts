import * as v from 'valibot';
import { PEER_ROLES } from '../model/peer.js';
import { amount, count, finite, interval, list, name, text } from './schema-parts.js';

/** Forms of what peers tell and ask each other: `core/model/{messages,peer}.ts`. */

/** What one request may offer to give away, and what one exchange may tell. */
const MAX_CANDIDATES = 10_000;
const MAX_NEWS = 1000;

const load = v.pipe(finite, v.minValue(0));

const candidate = v.strictObject({ name, memoryMiB: amount, vcpus: count, load });

export const helpRequest = v.strictObject({
  negotiation: name,
  candidates: list(candidate, MAX_CANDIDATES),
  withinMs: interval,
  cell: v.exactOptional(name),
});

/** Names the offer that is meant. */
const offered = { negotiation: name, offer: name };

export const helpOffer = v.strictObject({ ...offered, vm: name, untilMs: interval });
export const helpRelease = v.strictObject(offered);
export const helpDone = v.strictObject({
  ...offered,
  vm: name,
  outcome: v.picklist(['moved', 'failed']),
  why: v.exactOptional(text),
});

export const helpAccept = {
  asks: v.strictObject({ ...offered, vm: name }),
  answers: v.strictObject({ confirmed: v.boolean(), why: v.exactOptional(text) }),
};

export const helpWhere = {
  asks: v.strictObject({ negotiation: name, vm: name }),
  answers: v.strictObject({ here: v.boolean(), moving: v.boolean() }),
};

const readings = v.strictObject({
  cpuLoadOne: load,
  cpuLoadFive: load,
  cpuLoadFifteen: load,
  actualFreeMemory: finite,
  actualUsedMemory: amount,
  totalVmMemory: amount,
  localVmCount: count,
  cpus: load,
});

const news = v.strictObject({
  news: list(
    v.strictObject({
      peer: name,
      cell: v.exactOptional(name),
      role: v.picklist(PEER_ROLES),
      accepting: v.boolean(),
      readings,
      ageMs: amount,
    }),
    MAX_NEWS,
  ),
});

export const exchange = { asks: news, answers: news };

export const tradeEnd = v.strictObject({
  trade: name,
  outcome: v.picklist(['done', 'aborted']),
  why: v.exactOptional(text),
});

export const tradeSurvey = {
  asks: v.strictObject({ vms: list(candidate, MAX_CANDIDATES) }),
  answers: v.strictObject({
    ways: list(v.strictObject({ takes: name, gives: v.exactOptional(candidate) }), MAX_CANDIDATES),
  }),
};

export const tradeReserve = {
  asks: v.strictObject({
    trade: name,
    takes: v.exactOptional(candidate),
    gives: v.exactOptional(name),
    untilMs: interval,
  }),
  answers: v.strictObject({ reserved: v.boolean(), why: v.exactOptional(text), freeMiB: finite }),
};

export const tradeMove = {
  asks: v.strictObject({ trade: name, vm: name, to: name }),
  answers: v.strictObject({ state: v.picklist(['moving', 'moved', 'failed']), why: v.exactOptional(text) }),
};
