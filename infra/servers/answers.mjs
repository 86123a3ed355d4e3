// Whether a server answers on its port of 127.0.0.1. Each is asked something in its own protocol: the port of a container takes
// connections before the server in it does.
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const LIMIT_MS = 5_000;

/** Connects, sends `question` and waits for a first byte. */
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
    socket.on('connect', () => socket.write(question));
    socket.on('data', () => end(true));
  });

/** Any answer below 500. */
export async function answersHttp(url) {
  const { status } = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
  return status < 500;
}

/** Of a server that runs: an end for what hangs, before that of a test. */
const START_LIMIT_MS = 240_000;
const ASK_EVERY_MS = 30;

/**
 * Waits until a server that was just started answers.
 * @param {{ name: string, answers(): Promise<boolean>, runs(): boolean | Promise<boolean>, log(): string | Promise<string> }} server
 * @throws Error with the end of its log when it ends before, or is not there after 240 s
 */
export async function untilAnswers({ name, answers, runs, log }) {
  const giveUpAt = performance.now() + START_LIMIT_MS;
  while (!(await answers().catch(() => false))) {
    if (performance.now() > giveUpAt || !(await runs()))
      throw new Error(`${name} did not start\n${(await log()).trim()}`);
    await wait(ASK_EVERY_MS);
  }
}
