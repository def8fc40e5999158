/**
 * Clusters as the tools of Ganeti write them (`hbal`, `hscan`, `hinfo`): text in sections that one empty line parts each.
 * {@link readGaneti} gives the planner's cluster, or all that is wrong with the text; {@link writeGaneti} the same text with
 * instances on other nodes, which those tools read again. Pure.
 *
 * What becomes of the text: a node is a host, its group the family; an offline one takes no VMs. An instance is a VM of the
 * class `instance`; its load is that of the file of loads, or 1 of everything, as for `hbal`. Exclusion tags
 * (`htools:iextags:`) become constraints `spread`; where an instance cannot be run (other groups, other nodes than its two
 * with DRBD, `htools:migration:`) it is pinned; one with a disk on its node only is locked. A policy's ratio of virtual
 * CPUs is the host's overcommitment. Location tags and disk space are kept, and nothing is decided on them.
 *
 * Source of the format: Ganeti's `src/Ganeti/HTools/Backend/Text.hs`, `Loader.hs`, `Node.hs` and `Tags.hs` (3.0).
 */
export { readGaneti, type GanetiFile, type GanetiReading, type GanetiText } from './read-ganeti.js';
export { writeGaneti } from './write-ganeti.js';
