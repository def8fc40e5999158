/** A program that brings a small lab up, says so, and waits for its end. */
import { Lab } from '../../wrappers/lab/lab.js';

const signal = new AbortController().signal;
await Lab.up({ hosts: ['host1'], images: [] }, { signal, onProgress: () => undefined });
console.log('up');
setInterval(() => undefined, 60_000);
