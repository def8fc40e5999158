export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly value: number;
}

const FIRST_SIZE = 8;

/** The last samples of one series, at most `most` of them; it takes memory as it fills. */
export class ReadingRing {
  #at: Float64Array;
  #value: Float64Array;
  #next = 0;
  #count = 0;

  constructor(private readonly most: number) {
    this.#at = new Float64Array(Math.min(FIRST_SIZE, most));
    this.#value = new Float64Array(this.#at.length);
  }

  /** One that is not later than the last replaces it and what came after it: the clock went back. */
  push(at: number, value: number): void {
    while (this.#count > 0 && (this.#at[this.#index(this.#count - 1)] ?? 0) >= at) {
      this.#count -= 1;
      this.#next = (this.#next - 1 + this.#at.length) % this.#at.length;
    }
    if (this.#count === this.#at.length && this.#count < this.most) this.#grow();
    this.#at[this.#next] = at;
    this.#value[this.#next] = value;
    this.#next = (this.#next + 1) % this.#at.length;
    this.#count = Math.min(this.#count + 1, this.#at.length);
  }

  /** Oldest first. */
  samples(): readonly Sample[] {
    return Array.from({ length: this.#count }, (_, position) => {
      const index = this.#index(position);
      return { at: this.#at[index] ?? 0, value: this.#value[index] ?? 0 };
    });
  }

  #index(position: number): number {
    const size = this.#at.length;
    return (this.#next - this.#count + position + size) % size;
  }

  #grow(): void {
    const samples = this.samples();
    const size = Math.min(this.most, this.#at.length * 2);
    this.#at = new Float64Array(size);
    this.#value = new Float64Array(size);
    samples.forEach(({ at, value }, position) => {
      this.#at[position] = at;
      this.#value[position] = value;
    });
    this.#next = samples.length % size;
  }
}
