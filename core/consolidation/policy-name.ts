import { AttituneError } from '../model/errors.js';

export type DetectorName = 'thr' | 'iqr' | 'mad' | 'lr' | 'lrr';
export type SelectorName = 'mmt' | 'mc' | 'mu' | 'rs';

/** Overload detection, VM selection and placement of the literature. */
export interface LiteraturePolicy {
  readonly kind: 'literature';
  readonly detector: DetectorName;
  readonly selector: SelectorName;
  /** The detector's safety parameter: the threshold of `thr`, the factor of the others. */
  readonly safety: number;
  /** Whether to wake a host that is off costs its idle power when VMs are placed, which the literature forgot. */
  readonly wakeCost: boolean;
}

/** `dvfs`: first fit at the start, nothing moves; `npa`: so, and all hosts at full power all day; `attitune`: ours. */
export type PolicySpec = { readonly kind: 'dvfs' | 'npa' | 'attitune' } | LiteraturePolicy;

const SAFETY: Readonly<Record<DetectorName, number>> = { thr: 0.8, iqr: 1.5, mad: 2.5, lr: 1.2, lrr: 1.2 };
const LITERATURE = /^(thr|iqr|mad|lrr|lr)-(mmt|mc|mu|rs)(-w)?(?:-(\d+(?:\.\d+)?))?$/;

/** What names may look like, for messages. */
export const POLICY_NAMES =
  'attitune, none (or dvfs), npa, or DETECTOR-SELECTOR[-w][-SAFETY] with thr, iqr, mad, lr or lrr, and mmt, mc, mu or rs: lr-mmt-1.2, thr-mmt-0.8, lr-mmt-w-1.2';

/** Reads a policy's name, such as `lr-mmt-1.2`. @throws `value` where there is no such policy. */
export function parsePolicy(name: string): PolicySpec {
  if (name === 'none' || name === 'dvfs') return { kind: 'dvfs' };
  if (name === 'npa' || name === 'attitune') return { kind: name };
  const [, detector, selector, wakes, safety] = LITERATURE.exec(name) ?? [];
  if (detector === undefined) throw new AttituneError('value', `there is no policy ${name}; there are ${POLICY_NAMES}`);
  const of = detector as DetectorName;
  const value = safety === undefined ? SAFETY[of] : Number(safety);
  if (!(value > 0) || (of === 'thr' && value > 1)) {
    throw new AttituneError('value', `${name}: a safety of ${value} cannot be; ${of} is used with ${SAFETY[of]}`);
  }
  return {
    kind: 'literature',
    detector: of,
    selector: selector as SelectorName,
    safety: value,
    wakeCost: wakes !== undefined,
  };
}
