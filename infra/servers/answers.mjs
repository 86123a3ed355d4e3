// Whether a server answers on its port of 127.0.0.1.
import { connect } from 'node:net';

const LIMIT_MS = 2_000;

/** Connects, sends `question` and waits for a first byte; without a question a connection is enough. */
export const answersTcp = (port, question) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (yes) => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(LIMIT_MS, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('connect', () => (question === undefined ? end(true) : socket.write(question)));
    socket.on('data', () => end(true));
  });

/** Any answer below 500. */
export async function answersHttp(url) {
  const { status } = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
  return status < 500;
}
