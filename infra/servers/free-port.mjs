import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what systems give to outgoing connections: one of those would take it before the server is there. */
const [from, to] = [10_240, 32_768];

const isFree = (port) =>
  new Promise((resolve) => {
    const server = createServer().on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** Processes that look at the same time, as Jest's workers do, look among ports of their own: nobody takes one between its look and its use. */
const lanes = 16;
const lane = Number(process.env.JEST_WORKER_ID ?? 0) % lanes;
const drawn = () => from + randomInt(Math.floor((to - from) / lanes)) * lanes + lane;

/** Whoever was given one may not listen yet. */
const given = new Set();

/** Taken by nobody now, and never given twice; on 127.0.0.1. @returns {Promise<number>} */
export async function freePort() {
  for (;;) {
    const port = drawn();
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}
