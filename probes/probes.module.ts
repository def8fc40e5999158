import { ContainerModule } from 'inversify';
import { PushedReadings } from '../core/intake/pushed-readings.js';
import { BusyThreadsProbe } from './busy-threads.probe.js';
import { CommandProbe } from './command.probe.js';
import { CpuProbe } from './cpu.probe.js';
import { ForecastDetector } from './detectors/forecast.detector.js';
import { KOfNDetector } from './detectors/k-of-n.detector.js';
import { ThresholdDetector } from './detectors/threshold.detector.js';
import { WatchdogDetector } from './detectors/watchdog.detector.js';
import { HttpLatencyProbe } from './http-latency.probe.js';
import { LoadProbe } from './load.probe.js';
import { LogProbe } from './log.probe.js';
import { MemoryProbe } from './memory.probe.js';
import { PrometheusProbe } from './prometheus.probe.js';
import { PropertyProbe } from './property.probe.js';
import { PushProbe } from './push.probe.js';
import { InstalledDetectors, InstalledProbes } from './registry.js';
import { SlurmQueueProbe } from './slurm-queue.probe.js';
import { DomainStatisticsSource } from './sources/domain-statistics.js';
import { SystemInformationMachine } from './sources/local-machine.js';
import { TrafficProbe } from './traffic.probe.js';
import * as Token from './tokens.js';

/** Binds every probe and detector, and the two registries that the rest of AttiTUNe asks for. One line per plug-in. */
export const probesModule = new ContainerModule(({ bind }) => {
  bind(Token.Probe).to(CpuProbe).inSingletonScope();
  bind(Token.Probe).to(MemoryProbe).inSingletonScope();
  bind(Token.Probe).to(LoadProbe).inSingletonScope();
  bind(Token.Probe).to(TrafficProbe).inSingletonScope();
  bind(Token.Probe).to(HttpLatencyProbe).inSingletonScope();
  bind(Token.Probe).to(CommandProbe).inSingletonScope();
  bind(Token.Probe).to(PrometheusProbe).inSingletonScope();
  bind(Token.Probe).to(LogProbe).inSingletonScope();
  bind(Token.Probe).to(PushProbe).inSingletonScope();
  bind(Token.Probe).to(PropertyProbe).inSingletonScope();
  bind(Token.Probe).to(BusyThreadsProbe).inSingletonScope();
  bind(Token.Probe).to(SlurmQueueProbe).inSingletonScope();

  bind(Token.Detector).to(WatchdogDetector).inSingletonScope();
  bind(Token.Detector).to(ThresholdDetector).inSingletonScope();
  bind(Token.Detector).to(KOfNDetector).inSingletonScope();
  bind(Token.Detector).to(ForecastDetector).inSingletonScope();

  bind(Token.ProbeRegistry).to(InstalledProbes).inSingletonScope();
  bind(Token.DetectorRegistry).to(InstalledDetectors).inSingletonScope();
  bind(Token.PushedReadings)
    .toDynamicValue(() => new PushedReadings())
    .inSingletonScope();
  bind(Token.DomainStatisticsSource).to(DomainStatisticsSource).inSingletonScope();
  bind(Token.LocalMachine)
    .toDynamicValue(() => new SystemInformationMachine())
    .inSingletonScope();
});
