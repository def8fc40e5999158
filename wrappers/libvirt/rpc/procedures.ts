/**
 * The calls of libvirt that AttiTUNe makes: numbers, arguments and results as data.
 * Sources: libvirt's `src/remote/remote_protocol.x` and `qemu_protocol.x`.
 */
import { parameterTables, typedParameters } from '../typed-parameters.js';
import type { Procedure, Program } from './procedure.js';
import { event, remote } from './remote-program.js';
import { remoteDomain, text, uuid } from './remote-types.js';
import { int, nothing, opaque, uhyper, uint } from './xdr.js';
import type { Infer } from './xdr.js';
import { array, fixedArray, optional, struct } from './xdr-composites.js';

export { REMOTE_PROGRAM } from './remote-program.js';
export const QEMU_PROGRAM: Program = { number: 0x20008087, version: 1 };

const ofDomain = struct({ dom: remoteDomain });
const domainFlags = struct({ dom: remoteDomain, flags: uint });
const domainFound = struct({ dom: remoteDomain });
const nodeStatistics = array(struct({ field: text, value: uhyper }), 16);
const jobStatistics = typedParameters(64);
const domainRecord = struct({ dom: remoteDomain, params: parameterTables(262_144) });
const agentCommand = struct({ dom: remoteDomain, command: text, timeout: int, flags: uint });
const agentAnswer = struct({ result: optional(text) });
/** `remote_domain_interface`, with addresses of `virIPAddrType`. */
const domainInterface = struct({
  name: text,
  hwaddr: optional(text),
  addrs: array(struct({ type: int, addr: text, prefix: uint }), 2048),
});

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
  domainCreateXML: remote(10, struct({ xml: text, flags: uint }), domainFound, 'long'),
  domainDefineXML: remote(11, struct({ xml: text }), domainFound),
  domainDestroy: remote(12, ofDomain, nothing),
  domainGetXMLDesc: remote(14, domainFlags, struct({ xml: text })),
  domainGetAutostart: remote(15, ofDomain, struct({ autostart: int })),
  domainGetInfo: remote(
    16,
    ofDomain,
    struct({ state: int, maxMem: uhyper, memory: uhyper, nrVirtCpu: int, cpuTime: uhyper }),
  ),
  domainLookupByName: remote(23, struct({ name: text }), domainFound),
  domainLookupByUUID: remote(24, struct({ uuid }), domainFound),
  domainReboot: remote(27, domainFlags, nothing, 'long'),
  domainResume: remote(28, ofDomain, nothing),
  domainSetAutostart: remote(29, struct({ dom: remoteDomain, autostart: int }), nothing),
  domainShutdown: remote(33, ofDomain, nothing, 'long'),
  domainSuspend: remote(34, ofDomain, nothing),
  domainUndefine: remote(35, ofDomain, nothing),
  domainGetSchedulerType: remote(56, ofDomain, struct({ type: text, nparams: int })),
  connectSupportsFeature: remote(60, struct({ feature: int }), struct({ supported: int })),
  authList: remote(66, nothing, struct({ types: array(int, 20) })),
  authPolkit: remote(70, nothing, struct({ complete: int }), 'long'),
  nodeGetFreeMemory: remote(102, nothing, struct({ freeMem: uhyper })),
  domainIsPersistent: remote(151, ofDomain, struct({ persistent: int })),
  connectGetLibVersion: remote(157, nothing, struct({ version: uhyper })),
  connectCompareCPU: remote(158, struct({ xml: text, flags: uint }), struct({ result: int })),
  domainAbortJob: remote(164, ofDomain, nothing),
  domainMigrateSetMaxDowntime: remote(166, struct({ dom: remoteDomain, downtime: uhyper, flags: uint }), nothing),
  domainCreateWithFlags: remote(196, domainFlags, domainFound, 'long'),
  domainSetVcpusFlags: remote(199, struct({ dom: remoteDomain, nvcpus: uint, flags: uint }), nothing, 'long'),
  domainSetMemoryFlags: remote(204, struct({ dom: remoteDomain, memory: uhyper, flags: uint }), nothing),
  domainGetState: remote(212, domainFlags, struct({ state: int, reason: int })),
  domainSetSchedulerParametersFlags: remote(
    219,
    struct({ dom: remoteDomain, params: typedParameters(16), flags: uint }),
    nothing,
  ),
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
  domainUndefineFlags: remote(231, domainFlags, nothing),
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
  domainInterfaceAddresses: remote(
    353,
    struct({ dom: remoteDomain, source: uint, flags: uint }),
    struct({ ifaces: array(domainInterface, 2048) }),
    'long',
  ),
  connectCompareHypervisorCPU: remote(
    393,
    struct({
      emulator: optional(text),
      arch: optional(text),
      machine: optional(text),
      virttype: optional(text),
      xmlCPU: text,
      flags: uint,
    }),
    struct({ result: int }),
  ),
} as const;

export const qemuProcedures = {
  domainAgentCommand: { program: QEMU_PROGRAM, number: 3, args: agentCommand, result: agentAnswer, lane: 'long' },
} as const satisfies Record<string, Procedure<Infer<typeof agentCommand>, Infer<typeof agentAnswer>>>;

const ofCallback = { callbackID: int, dom: remoteDomain };

export const remoteEvents = {
  domainEventCallbackLifecycle: event(318, struct({ ...ofCallback, event: int, detail: int })),
  domainEventCallbackReboot: event(319, struct(ofCallback)),
  domainEventCallbackAgentLifecycle: event(348, struct({ ...ofCallback, state: int, reason: int })),
  domainEventCallbackMigrationIteration: event(359, struct({ ...ofCallback, iteration: int })),
  domainEventCallbackJobCompleted: event(363, struct({ ...ofCallback, params: jobStatistics })),
} as const;
