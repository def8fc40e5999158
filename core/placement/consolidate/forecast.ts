/** Samples of the demand of several VMs. */
export interface DemandHistory {
  readonly vms: number;
  /** Samples that there are of each. */
  readonly samples: number;
  /** Newest first: entry `age * vms + vm`, as a part of the VM's size. */
  readonly values: Float64Array;
  /** What 1 is for each VM, in the unit of CPU. */
  readonly size: Float64Array;
}

export interface ForecastSettings {
  /** What a sample counts by the next one's: 0.9 forgets half within seven samples. */
  readonly memory: number;
  /** How many samples the mean of all VMs counts for each, while little is known of it. */
  readonly prior: number;
}

/**
 * What each VM is expected to ask for, and its deviation: exponentially weighted mean and variance, drawn towards those of
 * all VMs as long as there are few samples. VMs with size 0 are left out of the common mean.
 */
export function forecastDemand(
  { vms, samples, values, size }: DemandHistory,
  { memory, prior }: ForecastSettings,
): { readonly expected: Float64Array; readonly deviation: Float64Array } {
  const expected = new Float64Array(vms);
  const deviation = new Float64Array(vms);
  const squares = new Float64Array(vms);
  let weights = 0;
  for (let age = 0, weight = 1; age < samples; age += 1, weight *= memory) {
    weights += weight;
    for (let vm = 0; vm < vms; vm += 1) {
      const value = values[age * vms + vm]!;
      expected[vm]! += weight * value;
      squares[vm]! += weight * value * value;
    }
  }
  let [counted, mean, square] = [0, 0, 0];
  for (let vm = 0; vm < vms; vm += 1) {
    if (size[vm] === 0) continue;
    counted += weights;
    mean += expected[vm]!;
    square += squares[vm]!;
  }
  mean = counted > 0 ? mean / counted : 0;
  square = counted > 0 ? square / counted : 0;
  for (let vm = 0; vm < vms; vm += 1) {
    const own = (expected[vm]! + prior * mean) / (weights + prior);
    const ownSquare = (squares[vm]! + prior * square) / (weights + prior);
    expected[vm] = own * size[vm]!;
    deviation[vm] = Math.sqrt(Math.max(0, ownSquare - own * own)) * size[vm]!;
  }
  return { expected, deviation };
}
