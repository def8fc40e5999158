/** The WebSocket to the server, with reconnection. */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/**
 * Connects, and connects again when the connection is lost, each time after twice the wait, up to ten seconds. The
 * server sends its whole state first, so that nothing has to be remembered across connections.
 *
 * @param {(message: any) => void} onMessage
 * @param {(status: 'connecting' | 'live' | 'reconnecting') => void} onStatus
 */
export function connect(onMessage, onStatus) {
  let wait = FIRST_WAIT_MS;
  const open = () => {
    const socket = new WebSocket(new URL('live', location.href.replace(/^http/, 'ws')));
    socket.addEventListener('message', (event) => {
      const message = JSON.parse(event.data);
      if (message.type === 'state') {
        wait = FIRST_WAIT_MS;
        onStatus('live');
      }
      onMessage(message);
    });
    socket.addEventListener('close', () => {
      onStatus('reconnecting');
      // spread out, so that many pages do not return in one instant
      setTimeout(open, wait * (0.75 + Math.random() / 2));
      wait = Math.min(LONGEST_WAIT_MS, wait * 2);
    });
  };
  onStatus('connecting');
  open();
}
