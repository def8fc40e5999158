/**
 * Weights of samples, newest first, with which a straight line fitted to them by least squares says the value `ahead`
 * samples after the newest.
 */
export function predictionWeights(samples: number, ahead: number): readonly number[] {
  const middle = (samples + 1) / 2;
  let squares = 0;
  for (let x = 1; x <= samples; x += 1) squares += (x - middle) ** 2;
  const at = samples + ahead - middle;
  return Array.from({ length: samples }, (_, age) => 1 / samples + ((samples - age - middle) * at) / squares);
}

/** Between the quartiles by rank: the values at the rounded ranks (n + 1)/4 and 3(n + 1)/4. Sorts the samples. */
export function interquartileRange(samples: Float64Array): number {
  samples.sort();
  const rank = (part: number) => samples[Math.round(part * (samples.length + 1)) - 1]!;
  return rank(0.75) - rank(0.25);
}

/** Median of the distances from the median. Sorts the samples. */
export function medianAbsoluteDeviation(samples: Float64Array): number {
  const middle = median(samples);
  return median(samples.map((value) => Math.abs(value - middle)));
}

function median(samples: Float64Array): number {
  samples.sort();
  const half = Math.floor(samples.length / 2);
  return samples.length % 2 === 1 ? samples[half]! : samples[half - 1]! + 0.5 * (samples[half]! - samples[half - 1]!);
}

/**
 * R² of the least-squares regression, with intercept, of `target` on the columns: how well they foretell it. Columns that
 * hardly change make it ill-conditioned, and what rounding then makes of it decides: so it goes the usual way, by
 * Householder reflections to the coefficients, and from those to the residuals.
 *
 * @returns undefined where it cannot be told: too few rows, or columns that depend on each other; NaN or -Infinity for a
 * target that never changes.
 */
export function determination(target: Float64Array, columns: readonly Float64Array[]): number | undefined {
  const rows = target.length;
  if (columns.length === 0 || rows < columns.length + 1) return undefined;
  const given = [new Float64Array(rows).fill(1), ...columns];
  const coefficients = leastSquares(given, target);
  if (!coefficients) return undefined;
  let residual = 0;
  for (let row = 0; row < rows; row += 1) {
    let fitted = 0;
    for (const [column, values] of given.entries()) fitted += values[row]! * coefficients[column]!;
    residual += (target[row]! - fitted) ** 2;
  }
  return 1 - residual / secondMoment(target);
}

function leastSquares(given: readonly Float64Array[], target: Float64Array): Float64Array | undefined {
  const columns = given.map((column) => Float64Array.from(column));
  const rest = Float64Array.from(target);
  const diagonal = new Float64Array(columns.length);
  for (const [step, pivot] of columns.entries()) {
    let square = 0;
    for (let row = step; row < pivot.length; row += 1) square += pivot[row]! ** 2;
    const norm = pivot[step]! > 0 ? -Math.sqrt(square) : Math.sqrt(square);
    if (norm === 0) return undefined;
    diagonal[step] = norm;
    pivot[step]! -= norm;
    for (let column = step + 1; column <= columns.length; column += 1) {
      reflect(columns[column] ?? rest, pivot, step, norm * pivot[step]!);
    }
  }
  for (let row = columns.length - 1; row >= 0; row -= 1) {
    rest[row]! /= diagonal[row]!;
    for (let above = 0; above < row; above += 1) rest[above]! -= rest[row]! * columns[row]![above]!;
  }
  return rest;
}

function reflect(vector: Float64Array, mirror: Float64Array, from: number, scale: number): void {
  let product = 0;
  for (let row = from; row < mirror.length; row += 1) product += vector[row]! * mirror[row]!;
  for (let row = from; row < mirror.length; row += 1) vector[row]! += (product / scale) * mirror[row]!;
}

/** Sum of squared distances from the mean, updated value by value: exactly 0 where all are the same. */
function secondMoment(values: Float64Array): number {
  let mean = 0;
  let moment = 0;
  for (const [index, value] of values.entries()) {
    const distance = value - mean;
    mean += distance / (index + 1);
    moment += index * distance * (distance / (index + 1));
  }
  return moment;
}
