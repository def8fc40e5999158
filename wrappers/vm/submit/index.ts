/**
 * A user's own virtual machine: an image and a domain's document are inspected, checked, and made into what is defined.
 * Nothing is created here.
 */
export { imageFormat, inspectImage } from './inspect-image.js';
export type { InspectOptions } from './inspect-image.js';
export { checkSubmission } from './check-submission.js';
export { virtualBytes } from './check-image.js';
export { submissionDocument } from './submission-document.js';
export type { SubmissionDocument } from './submission-document.js';
export { submittedDomain } from './submitted-domain.js';
export type { SubmittedParts } from './submitted-domain.js';
export { RISKS } from './submission.js';
export type { ImageFacts, Risk, SubmissionFacts, SubmissionHost } from './submission.js';
