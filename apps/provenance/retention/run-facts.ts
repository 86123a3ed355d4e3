import { DomainError, streamUuid, type StreamId } from '#kernel';
import { bundleCodec, runCodec } from '#contracts/stored';
import type { StoredEvent } from '#event-store';
import type { RunFacts } from '#domain/retention';
import { bundleStream, runStream } from '../run-history.js';
import type { Provenance } from '../provenance.js';

type Store = Pick<Provenance, 'runtime'>;

/** Events that say of a run what decides about its bytes. Of one that came with a bundle its import is the end. */
const telling = new Set(['RunSubmitted', 'RunCompleted', 'RunFailed', 'RunCancelled', 'BundleImported']);

function note(known: Map<string, RunFacts>, { stream, type, bytes }: StoredEvent): void {
  if (!telling.has(type)) return;
  const run = streamUuid(stream);
  const before = known.get(run);
  if (type === 'BundleImported') {
    const { namespace, at } = bundleCodec.decode(type, bytes).event;
    if (before === undefined) known.set(run, { run, namespace, endedAt: at });
    return;
  }
  const { event } = runCodec.decode(type, bytes);
  if (event.type === 'RunSubmitted') {
    const { namespace, blueprint, sweep } = event;
    const of = sweep === undefined ? {} : { sweep: sweep.id };
    known.set(run, { run, namespace, blueprint: blueprint.name, ...of });
  } else if (before !== undefined && 'at' in event) known.set(run, { ...before, endedAt: event.at });
}

/** @throws RUN_NOT_FOUND */
export async function runFacts({ runtime }: Store, run: string): Promise<RunFacts> {
  const { eventStore } = runtime.engines;
  const known = new Map<string, RunFacts>();
  for (const stream of [runStream(run), bundleStream(run)] satisfies StreamId[])
    for await (const batch of eventStore.readStream(stream)) for (const stored of batch) note(known, stored);
  const facts = known.get(run);
  if (facts === undefined)
    throw new DomainError(
      'not-found',
      'RUN_NOT_FOUND',
      `there is no run ${run}; \`holdfast runs\` lists them`,
    );
  return facts;
}

/** Of every run, from the events. */
export async function allRunFacts(
  { runtime }: Store,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, RunFacts>> {
  const known = new Map<string, RunFacts>();
  for await (const batch of runtime.engines.eventStore.readAll({ kinds: ['run', 'bundle'], signal }))
    for (const stored of batch) note(known, stored);
  return known;
}
