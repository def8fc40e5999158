/** Says which hosts are overloaded, on placements that are only thought of. */
export interface Detector {
  /** Called when another decision begins: demand has changed. */
  begin(): void;
  /** Called when the VMs of a host have changed. */
  refresh(host: number, vms: readonly number[]): void;
  overloaded(host: number): boolean;
  /** Were this VM there as well. */
  overloadedWith(host: number, vm: number): boolean;
}
