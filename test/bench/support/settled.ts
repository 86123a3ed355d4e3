import type { common } from '#contracts';
import type { Connection } from '#rpc';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const patienceMs = 120_000;

/** Each look costs the services something that no run does: as few as the wait allows. */
const [bundlesEveryMs, everyMs] = [150, 150];

type Stand = readonly common.ProjectionStatus[];

async function standOf({ registry, scheduler, provenance, auditor }: Connection): Promise<Stand> {
  const answers = await Promise.all(
    [registry, scheduler, provenance, auditor].map((service) => service.listProjections({})),
  );
  return answers.flatMap(({ projections }) => projections);
}

/** Documents in the read model of sealed bundles. */
export async function bundlesOf({ provenance }: Connection): Promise<number> {
  const { projections } = await provenance.listProjections({});
  return Number(projections.find(({ name }) => name === 'bundles')?.documents ?? 0);
}

const inWords = (stand: Stand): string =>
  stand.map(({ name, state, events }) => `${name} ${state} ${events}`).join();

/** Waits until so many bundles are sealed, and nothing moves any more. */
export async function settled(connection: Connection, bundles: number): Promise<void> {
  const until = performance.now() + patienceMs;
  const isOver = () => performance.now() >= until;
  while (!isOver() && (await bundlesOf(connection)) < bundles) await pause(bundlesEveryMs);
  for (let before = ''; !isOver(); await pause(everyMs)) {
    const stand = await standOf(connection);
    const now = inWords(stand);
    if (now === before && stand.every(({ state }) => state === 'live')) return;
    before = now;
  }
  throw new Error(`${bundles} bundles have not come within ${patienceMs / 1000} s`);
}
