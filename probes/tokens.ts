import type { ServiceIdentifier } from 'inversify';
import type { PushedReadings as PushedReadingsContract } from '../core/intake/pushed-readings.js';
import type {
  AnyDetector,
  DetectorRegistry as DetectorRegistryContract,
  Probe as ProbeContract,
  ProbeRegistry as ProbeRegistryContract,
} from '../core/model/probe.js';
import type { DomainStatisticsSource as DomainStatisticsSourceContract } from './sources/domain-statistics.js';
import type { LocalMachine as LocalMachineContract } from './sources/local-machine.js';

/** Every probe and detector is bound to one of these, as often as there are plug-ins. */
export const Probe: ServiceIdentifier<ProbeContract> = Symbol.for('attitune/Probe');
export const Detector: ServiceIdentifier<AnyDetector> = Symbol.for('attitune/Detector');

/** What the rest of AttiTUNe asks for. */
export const ProbeRegistry: ServiceIdentifier<ProbeRegistryContract> = Symbol.for('attitune/ProbeRegistry');
export const DetectorRegistry: ServiceIdentifier<DetectorRegistryContract> = Symbol.for('attitune/DetectorRegistry');

/** What probes share. */
export const LocalMachine: ServiceIdentifier<LocalMachineContract> = Symbol.for('attitune/LocalMachine');
export const DomainStatisticsSource: ServiceIdentifier<DomainStatisticsSourceContract> = Symbol.for(
  'attitune/DomainStatisticsSource',
);
/** What was pushed from outside: the intake writes it, the probe `push` reads it. */
export const PushedReadings: ServiceIdentifier<PushedReadingsContract> = Symbol.for('attitune/PushedReadings');
