/** How a chart is used, as far as the checks must know. */
export interface ChartUse {
  /**
   * `procedure`: runs for one event and must end. `policy`: is fed with the system's events and may rest. `any`: not
   * known, such as for a file that is checked by itself; then only what is wrong in every use is told.
   */
  readonly kind: 'procedure' | 'policy' | 'any';
  /** Every event that may come from outside the chart; a procedure hears none. Absent: any may come. */
  readonly outside?: readonly string[];
}
