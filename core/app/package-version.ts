import { readFileSync } from 'node:fs';
import { asset } from '../assets/package-root.js';

/** The version of AttiTUNe. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(asset('package.json'), 'utf8')) as { readonly version: string }).version;
}
