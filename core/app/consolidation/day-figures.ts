import type { DayResult } from '../../consolidation/index.js';
import { textTable } from '../text-table.js';

/** What `attitune simulate planetlab --json` prints of each day and policy: fractions, not per cent. */
export function dayJson(result: DayResult): Readonly<Record<string, unknown>> {
  const { day, vms, energyKWh, migrations, slatah, pdm, slav, esv, unserved, elapsedMs } = result;
  const { policy, mode, lowerBoundKWh, vmsAtEnd } = result;
  return {
    day,
    vms,
    energyKWh,
    migrations,
    slatah,
    pdm,
    slav,
    esv,
    unserved,
    elapsedMs,
    policy,
    mode,
    lowerBoundKWh,
    vmsAtEnd,
  };
}

const HEAD = [
  'Day',
  'Policy',
  'VMs (at end)',
  'Energy kWh',
  'of least',
  'Migrations',
  'SLATAH %',
  'PDM %',
  'ESV ×10⁻³',
  'Unserved %',
  'Took',
];

/** The same for people, in the units of the literature's tables. */
export function dayTable(results: readonly DayResult[]): string {
  return textTable(
    HEAD,
    results.map((result) => [
      result.day,
      result.policy,
      `${result.vms} (${result.vmsAtEnd})`,
      result.energyKWh.toFixed(1),
      result.lowerBoundKWh > 0 ? `${(result.energyKWh / result.lowerBoundKWh).toFixed(2)} ×` : '',
      String(result.migrations),
      (100 * result.slatah).toFixed(2),
      (100 * result.pdm).toFixed(4),
      (1000 * result.esv).toFixed(3),
      (100 * result.unserved).toFixed(4),
      `${(result.elapsedMs / 1000).toFixed(1)} s`,
    ]),
  );
}
