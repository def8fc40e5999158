/** A migration that is begun now. */
export interface FleetMove {
  readonly vm: number;
  readonly to: number;
}

/** Asked at each decision of a day; what it looks at is the fleet it was made for, which knows nothing of the future. */
export interface FleetPolicy {
  decide(): readonly FleetMove[];
}
