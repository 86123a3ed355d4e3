import { DomainError, isDomainError, type Digest } from '#kernel';
import { disposalStream, mostInOne, type DisposalState } from '#domain/disposal';
import { artifactKinds, type ArtifactKind, type RunFacts } from '#domain/retention';
import { partOf, type CommandContext } from '#runtime';
import { openLiving } from '../living.js';
import { putAside } from '../put-aside.js';
import { setOffBy, type Provenance } from '../provenance.js';
import type { RecordedEvent } from '../run-history.js';
import { sealBundle } from '../seal-bundle.js';
import { allOf, artifactsOf, onlyOf, type Artifacts } from './artifacts-of.js';
import { areDisposed, disposedKinds } from './disposed-kinds.js';

/** What is to go of one run, and on what ground. */
export interface DisposalOrder {
  readonly facts: RunFacts;
  readonly artifacts: readonly ArtifactKind[];
  readonly class: string;
  readonly authority: string;
  readonly early: boolean;
}

const longestPauseMs = 200;

type Blob = { readonly digest: Digest; readonly sizeBytes: number };

/** Each tombstone is a command of its own. */
export const partContext = (context: CommandContext, run: string, part: number): CommandContext =>
  partOf(context, `${run} ${part}`);

export interface Disposing {
  /** Blobs that would go: what nothing else needs as far as anybody has said until now. Undefined when nothing of it is left to say. */
  plan(order: DisposalOrder): Promise<readonly Blob[] | undefined>;
  /** Sets the tombstones one after the other, each when the bytes of the one before are gone. */
  carryOut(order: DisposalOrder, blobs: readonly Blob[], context: CommandContext): Promise<DisposalState>;
  /** What the run needs no more, or needs all the same, counts for those after it. */
  settle(order: DisposalOrder, isGone: boolean): void;
}

/**
 * Reads what everything else refers to, for the disposal of some runs one after the other: what several of them share goes with the last
 * one. All of history is read, as by a collection of garbage.
 */
export async function openDisposing(
  provenance: Provenance,
  orders: readonly DisposalOrder[],
  signal: AbortSignal,
): Promise<Disposing> {
  const { runtime, disposals, clock } = provenance;
  const { artifacts } = runtime.engines;
  const past = await disposedKinds(provenance, signal);
  const gone = [...past].filter(([, { artifacts: kinds }]) => kinds.size > 0);
  const ours = new Set(orders.map(({ facts }) => facts.run));
  const living = openLiving(runtime.engines, signal, new Set([...ours, ...gone.map(([run]) => run)]));
  await living.catchUp();
  for (const [run, { artifacts: kinds }] of gone) {
    const kept = artifactKinds.filter((kind) => !kinds.has(kind));
    if (!ours.has(run) && kept.length > 0)
      living.addAlone(allOf(await artifactsOf(provenance, living.graph, run), kept));
  }
  const named = new Map<string, Artifacts>();
  /** How many of our runs need a blob. */
  const needed = new Map<Digest, number>();
  for (const run of ours) {
    await sealed(provenance, run);
    const found = await artifactsOf(provenance, living.graph, run);
    named.set(run, found);
    for (const digest of allOf(found)) needed.set(digest, (needed.get(digest) ?? 0) + 1);
  }
  const namedBy = ({ facts }: DisposalOrder) => named.get(facts.run) as Artifacts;

  /** Of the last tombstone, whoever set it. */
  async function ended(run: string): Promise<DisposalState> {
    const stream = disposalStream(run);
    for (let pauseMs = 5; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      const { state } = await disposals.load(stream);
      if (state.status !== 'open') return state;
      const hindrance =
        pauseMs < longestPauseMs ? undefined : await putAside(provenance, 'remove-disposed', stream);
      if (hindrance !== undefined)
        throw new DomainError(
          'rule',
          'DISPOSAL_PUT_ASIDE',
          `run ${run} could not be disposed of: ${hindrance}`,
        );
      await clock.sleep(pauseMs, signal);
    }
  }

  return {
    async plan(order) {
      const { facts, artifacts: kinds } = order;
      const state = await ended(facts.run);
      await living.catchUp();
      const blobs: Blob[] = [];
      for (const digest of onlyOf(namedBy(order), kinds)) {
        if (living.has(digest) || needed.get(digest) !== 1) continue;
        const found = await artifacts.stat(digest);
        if (found !== undefined) blobs.push({ digest, sizeBytes: found.sizeBytes });
      }
      const isDone = areDisposed(past.get(facts.run), kinds) || hasDisposed(state, kinds);
      if (blobs.length === 0 && isDone) return undefined;
      return blobs.sort((a, b) => (a.digest < b.digest ? -1 : 1));
    },

    async carryOut({ facts, artifacts: kinds, class: name, authority, early }, blobs, context) {
      const { run, namespace, blueprint } = facts;
      const parts = Math.max(1, Math.ceil(blobs.length / mostInOne));
      for (let part = 1; ; part++) {
        const tombstone = {
          ...({
            type: 'ArtifactsDisposed',
            run,
            namespace,
            artifacts: kinds,
            class: name,
            authority,
          } as const),
          ...(blueprint === undefined ? {} : { blueprint }),
          blobs: blobs.slice((part - 1) * mostInOne, part * mostInOne),
          ...{ early, part, parts, at: clock.now() },
        };
        const command = { type: 'Dispose', tombstone } as const;
        await disposals.execute(disposalStream(run), command, partContext(context, run, part));
        const state = await ended(run);
        if (state.status !== 'finished' || part === parts) return state;
      }
    },

    settle(order, isGone) {
      const found = namedBy(order);
      for (const digest of allOf(found)) needed.set(digest, (needed.get(digest) ?? 1) - 1);
      const kept = isGone ? artifactKinds.filter((kind) => !order.artifacts.includes(kind)) : artifactKinds;
      living.addAlone(allOf(found, kept));
    },
  };
}

const hasDisposed = (state: DisposalState, kinds: readonly ArtifactKind[]): boolean =>
  state.status === 'finished' &&
  state.tombstone.part === state.tombstone.parts &&
  kinds.every((kind) => state.tombstone.artifacts.includes(kind));

/** So that it is known what there was. What cannot be sealed any more goes all the same. */
async function sealed(provenance: Provenance, run: string): Promise<void> {
  try {
    await sealBundle(provenance, run, ({ terminal }) => setOffBy(provenance, terminal as RecordedEvent));
  } catch (error) {
    if (!isDomainError(error) || !['not-found', 'rule'].includes(error.kind)) throw error;
  }
}
