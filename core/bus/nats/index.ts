/**
 * `core/bus/nats`: the bus over a NATS server with JetStream. `NatsTransport` carries frames, `subjects.ts` names them,
 * `registry.ts` keeps the members in a key-value bucket, `member-table.ts` decides who is there, and
 * `serverConfiguration` writes what a server needs so that each member can speak under its own name only.
 */
export { NatsTransport, type NatsTransportOptions } from './nats-transport.js';
export type { NatsServers } from './connection.js';
export { DEFAULT_SPACE, spaceOf } from './subjects.js';
export { serverConfiguration, type NatsUser, type ServerSettings } from './server-configuration.js';
