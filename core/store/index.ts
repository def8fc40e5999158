/**
 * What outlives the manager: the journal, the system representation and the diagram sessions (`core/model/store.ts` is
 * the contract, `README.md` what an administrator should know).
 */
export { MemoryStore } from './memory-store.js';
export { SqliteStore } from './sqlite-store.js';
export { moveAside } from './move-aside.js';
