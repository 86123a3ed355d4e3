import type { Connection } from '#rpc';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const patienceMs = 120_000;

async function standOf({ registry, scheduler, provenance, auditor }: Connection) {
  const answers = await Promise.all(
    [registry, scheduler, provenance, auditor].map((service) => service.listProjections({})),
  );
  return answers.flatMap(({ projections }) => projections);
}

/** Documents in the read model of sealed bundles. */
export const bundlesOf = async (connection: Connection): Promise<number> =>
  Number((await standOf(connection)).find(({ name }) => name === 'bundles')?.documents ?? 0);

/** Waits until so many bundles are sealed, and nothing moves any more. @returns bundles there are */
export async function settled(connection: Connection, bundles: number): Promise<void> {
  const until = performance.now() + patienceMs;
  let before = '';
  while (performance.now() < until) {
    const stand = await standOf(connection);
    const there = Number(stand.find(({ name }) => name === 'bundles')?.documents ?? 0);
    const now = stand.map(({ name, state, events }) => `${name} ${state} ${events}`).join();
    if (there >= bundles && now === before && stand.every(({ state }) => state === 'live')) return;
    before = now;
    await pause(25);
  }
  throw new Error(`${bundles} bundles have not come within ${patienceMs / 1000} s`);
}
