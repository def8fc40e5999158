/** Guest images, built once on this machine by debootstrap. See ../README.md. */
export { ImageStore } from './image-store.js';
export type { StoredImage } from './image-folder.js';
export { IMAGES, imageContents, type ImageContents, type ImageRequest } from './image-contents.js';
export { imagePaths, type ImagePaths } from './image-paths.js';
export type { GuestImage, StepOptions } from './guest-image.js';
export { KERNEL_WORDS, guestCommandLine, type GuestBoot } from './guest-boot.js';
export { buildPackages, missingOf } from './image-packages.js';
