import type { Server } from './server.js';

const lookMs = 200;
const patienceMs = 300_000;

/** Waits until a server does next to nothing: whatever it had to catch up with is done. */
export async function untilIdle(server: Pick<Server, 'cpuMs'>): Promise<void> {
  const until = performance.now() + patienceMs;
  for (let quiet = 0; quiet < 2;) {
    if (performance.now() > until) throw new Error('the server does not come to rest');
    const before = server.cpuMs();
    await new Promise((resolve) => setTimeout(resolve, lookMs));
    quiet = server.cpuMs() - before < lookMs / 10 ? quiet + 1 : 0;
  }
}
