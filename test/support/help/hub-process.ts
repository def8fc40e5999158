import { readCredentials } from '../../../core/bus/credentials.js';
import { WebSocketHub } from '../../../core/bus/websocket/index.js';
import { SystemClock } from '../../../core/model/clock.js';

/** A hub as a process of its own: ADDRESS PORT PKI_FOLDER. It ends with who started it. */
const [address = '', port = '', pki = ''] = process.argv.slice(2);
const hub = new WebSocketHub({ clock: new SystemClock(), pingMs: 2000 });
await hub.listen(address, Number(port), await readCredentials(pki, 'server', new Date()));
process.on('disconnect', () => process.exit(0));
process.send?.({ kind: 'ready' });
