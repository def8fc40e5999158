import { posix } from 'node:path';
import type { SimulatedSoftware } from './software.js';

/** A loop of a shell that does nothing, for ever: what people load a machine with. */
const LOOP = /^\s*(?:while\s+(?:true|:)|until\s+false)\s*[;\n]\s*do\s+(?:true|:)\s*[;\n]\s*done\s*$/;

/** `sh -c 'while true; do true; done'`: keeps one CPU busy until it is signalled. */
export const BUSY_LOOP: SimulatedSoftware = {
  name: 'busy loop',
  matches: ([program = '', option, script = '']) =>
    ['sh', 'bash', 'dash'].includes(posix.basename(program)) && option === '-c' && LOOP.test(script),
  execute: ({ process }) => void process.demand(1),
};
