/** A finished image: a base disk that is never written to, and what boots it. Paths are of this machine. */
export interface GuestImage {
  readonly name: string;
  /** Name of its folder, and of its volumes in a pool: changes with anything that the image is made of. */
  readonly key: string;
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
}

/** What may take long, such as building an image or copying it to a host. */
export interface StepOptions {
  readonly signal?: AbortSignal;
  /** `fraction` in [0, 1] where it is known. */
  readonly onProgress?: (step: string, fraction?: number) => void;
}
