/**
 * Properties and triggers, in INI files as in "A possible solution for dynamically managing virtual environments"
 * (Cefalà et al., 2009). A property is what an agent reads of its machine each so many seconds; a trigger is an expression
 * of the manager over its clients' properties, and what is done where it holds.
 *
 * ```ini
 * [ram_free]                    [client_query]
 * command = ram                 expr = { len(manager.clients) != 0 }
 * parameters = MemFree          cmd = { sender.send_get_property() }
 * return_type = int             ticks = 30
 * ticks = 60                    on_update_check = no
 * ```
 *
 * `readDefinitions` reads and checks a file, all errors at once. `PropertyCollector` reads properties, `stepTriggers`
 * decides (pure), and `TriggerRunner` does it on a bus. Commands are a fixed table (`commands.ts`), expressions are CEL
 * (`expressions.ts`), and no shell is anywhere.
 */
export { readDefinitions, type Definitions, type PropertyDefinition, type TriggerDefinition } from './definitions.js';
export { PROPERTY_COMMANDS, propertyReader } from './commands.js';
export { PropertyCollector } from './property-collector.js';
export { initialTriggers, stepTriggers, type TriggerState, type TriggerStep, type TriggerWorld } from './triggers.js';
export type { TriggerAction } from './expressions.js';
export { TriggerRunner, type TriggerRunnerParts } from './trigger-runner.js';
