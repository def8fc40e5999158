/**
 * The calls of libvirt that AttiTUNe makes: numbers, arguments and results as data.
 * Sources: libvirt's `src/remote/remote_protocol.x` and `qemu_protocol.x`.
 */
import { typedParameters } from '../typed-parameters.js';
import type { EventMessage, Procedure, Program } from './procedure.js';
import { remoteDomain, text } from './remote-types.js';
import type { Lane } from './request-gate.js';
import { int, nothing, opaque, uhyper, uint } from './xdr.js';
import type { Codec } from './xdr.js';
import { array, fixedArray, optional, struct } from './xdr-composites.js';

export const REMOTE_PROGRAM: Program = { number: 0x20008086, version: 1 };
export const QEMU_PROGRAM: Program = { number: 0x20008087, version: 1 };

function procedure<A, R>(
  program: Program,
  number: number,
  args: Codec<A>,
  result: Codec<R>,
  lane: Lane = 'short',
): Procedure<A, R> {
  return { program, number, args, result, lane };
}

function remote<A, R>(number: number, args: Codec<A>, result: Codec<R>, lane: Lane = 'short'): Procedure<A, R> {
  return procedure(REMOTE_PROGRAM, number, args, result, lane);
}

const ofDomain = struct({ dom: remoteDomain });
const domainFlags = struct({ dom: remoteDomain, flags: uint });
const domainFound = struct({ dom: remoteDomain });
const nodeStatistics = array(struct({ field: text, value: uhyper }), 16);
const jobStatistics = typedParameters(64);
const domainRecord = struct({ dom: remoteDomain, params: typedParameters(262_144) });

export const remoteProcedures = {
  connectOpen: remote(1, struct({ name: optional(text), flags: uint }), nothing),
  connectClose: remote(2, nothing, nothing),
  connectGetType: remote(3, nothing, struct({ type: text })),
  connectGetVersion: remote(4, nothing, struct({ version: uhyper })),
  nodeGetInfo: remote(
    6,
    nothing,
    struct({
      model: fixedArray(int, 32),
      memory: uhyper,
      cpus: int,
      mhz: int,
      nodes: int,
      sockets: int,
      cores: int,
      threads: int,
    }),
  ),
  connectGetCapabilities: remote(7, nothing, struct({ capabilities: text })),
  domainCreate: remote(9, ofDomain, nothing, 'long'),
  domainCreateXML: remote(10, struct({ xml: text, flags: uint }), domainFound, 'long'),
  domainDefineXML: remote(11, struct({ xml: text }), domainFound),
  domainDestroy: remote(12, ofDomain, nothing),
  domainGetXMLDesc: remote(14, domainFlags, struct({ xml: text })),
  domainGetInfo: remote(
    16,
    ofDomain,
    struct({ state: int, maxMem: uhyper, memory: uhyper, nrVirtCpu: int, cpuTime: uhyper }),
  ),
  domainLookupByName: remote(23, struct({ name: text }), domainFound),
  domainResume: remote(28, ofDomain, nothing),
  domainShutdown: remote(33, ofDomain, nothing),
  domainSuspend: remote(34, ofDomain, nothing),
  domainUndefine: remote(35, ofDomain, nothing),
  connectSupportsFeature: remote(60, struct({ feature: int }), struct({ supported: int })),
  authList: remote(66, nothing, struct({ types: array(int, 20) })),
  authPolkit: remote(70, nothing, struct({ complete: int }), 'long'),
  domainIsPersistent: remote(151, ofDomain, struct({ persistent: int })),
  connectGetLibVersion: remote(157, nothing, struct({ version: uhyper })),
  domainAbortJob: remote(164, ofDomain, nothing),
  domainMigrateSetMaxDowntime: remote(166, struct({ dom: remoteDomain, downtime: uhyper, flags: uint }), nothing),
  domainMigrateSetMaxSpeed: remote(207, struct({ dom: remoteDomain, bandwidth: uhyper, flags: uint }), nothing),
  domainGetState: remote(212, domainFlags, struct({ state: int, reason: int })),
  nodeGetCPUStats: remote(
    227,
    struct({ cpuNum: int, nparams: int, flags: uint }),
    struct({ params: nodeStatistics, nparams: int }),
  ),
  nodeGetMemoryStats: remote(
    228,
    struct({ nparams: int, cellNum: int, flags: uint }),
    struct({ params: nodeStatistics, nparams: int }),
  ),
  connectListAllDomains: remote(
    273,
    struct({ needResults: int, flags: uint }),
    struct({ domains: array(remoteDomain, 16_384), count: uint }),
  ),
  domainGetJobStats: remote(298, domainFlags, struct({ type: int, params: jobStatistics })),
  domainMigratePerform3Params: remote(
    305,
    struct({
      dom: remoteDomain,
      dconnuri: optional(text),
      params: typedParameters(64),
      cookieIn: opaque(4_194_304),
      flags: uint,
    }),
    struct({ cookieOut: opaque(4_194_304) }),
    'long',
  ),
  connectDomainEventCallbackRegisterAny: remote(
    316,
    struct({ eventID: int, dom: optional(remoteDomain) }),
    struct({ callbackID: int }),
  ),
  connectDomainEventCallbackDeregisterAny: remote(317, struct({ callbackID: int }), nothing),
  connectGetAllDomainStats: remote(
    344,
    struct({ doms: array(remoteDomain, 16_384), stats: uint, flags: uint }),
    struct({ records: array(domainRecord, 16_384) }),
  ),
} as const;

export const qemuProcedures = {
  domainAgentCommand: procedure(
    QEMU_PROGRAM,
    3,
    struct({ dom: remoteDomain, command: text, timeout: int, flags: uint }),
    struct({ result: optional(text) }),
    'long',
  ),
} as const;

function event<M>(number: number, message: Codec<M>): EventMessage<M> {
  return { program: REMOTE_PROGRAM, number, message };
}

export const remoteEvents = {
  domainEventCallbackLifecycle: event(318, struct({ callbackID: int, dom: remoteDomain, event: int, detail: int })),
  domainEventCallbackJobCompleted: event(363, struct({ callbackID: int, dom: remoteDomain, params: jobStatistics })),
} as const;
