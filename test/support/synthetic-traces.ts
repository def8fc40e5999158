import { SAMPLES } from '../../core/consolidation/index.js';
import { SeededRandom } from '../../core/model/random.js';

export interface SyntheticDay {
  readonly vms: number;
  readonly seed: number;
  /** Part of the VMs that are busy only now and then; the rest keeps going. */
  readonly bursty?: number;
  /** Mean of the mean demands, in per cent. */
  readonly mean?: number;
}

/**
 * CPU of VMs over a day, made up: levels of very different height that wander, bursts, a day and a night, and some VMs that
 * fall silent. Nothing recorded is in it.
 */
export function syntheticTraces({ vms, seed, bursty = 0.5, mean = 12 }: SyntheticDay): readonly Uint8Array[] {
  const random = new SeededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return Array.from({ length: vms }, () => {
    const level = mean * Math.exp(normal() * 0.9 - 0.4);
    const noise = level * (0.1 + 0.5 * random.next());
    const isBursty = random.next() < bursty;
    const night = random.next();
    const silentAfter = random.next() < 0.3 ? Math.floor(random.next() * SAMPLES) : SAMPLES;
    let wander = 0;
    let burst = 0;
    return Uint8Array.from({ length: SAMPLES }, (_, sample) => {
      wander = 0.9 * wander + 0.3 * normal() * noise;
      if (isBursty && burst === 0 && random.next() < 0.04) burst = 1 + Math.floor(random.next() * 12);
      else if (burst > 0) burst -= 1;
      if (sample >= silentAfter && burst === 0) return 0;
      const daily = 1 + 0.4 * Math.sin(2 * Math.PI * (sample / SAMPLES + night / 4));
      const value = level * daily + wander + noise * normal() * 0.5 + (burst > 0 ? level + 30 * random.next() : 0);
      return Math.max(0, Math.min(100, Math.round(value)));
    });
  });
}
