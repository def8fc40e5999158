/**
 * A bus over WebSockets: `WebSocketHub` is the server, on its own or within the manager, `WebSocketTransport` a member's
 * way to it. `wire.ts` has the protocol between them.
 */
export { WebSocketHub, type HubCounts, type HubEvent, type HubOptions } from './hub.js';
export { isLoopback } from './listening.js';
export { WebSocketTransport, type WebSocketTransportOptions } from './transport.js';
export { BUS_PATH } from './wire.js';
