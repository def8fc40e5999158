/** The last few names, with something about each; older ones are forgotten. */
export class Recent<V> {
  #values: Map<string, V> | undefined;

  constructor(private readonly most: number) {}

  get(name: string): V | undefined {
    return this.#values?.get(name);
  }

  has(name: string): boolean {
    return this.#values?.has(name) === true;
  }

  set(name: string, value: V): void {
    const values = (this.#values ??= new Map());
    values.delete(name);
    values.set(name, value);
    if (values.size > this.most) for (const oldest of values.keys()) return void values.delete(oldest);
  }
}
