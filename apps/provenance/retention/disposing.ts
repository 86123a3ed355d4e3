import { DomainError, isDomainError, type Digest } from '#kernel';
import { disposalStream, mostInOne, type DisposalState } from '#domain/disposal';
import { artifactKinds, labelOf, type ArtifactKind, type SubjectFacts } from '#domain/retention';
import { partOf, type CommandContext } from '#runtime';
import { openBlobGraph } from '../blob-graph.js';
import { openLiving } from '../living.js';
import { putAside } from '../put-aside.js';
import { setOffBy, type Provenance } from '../provenance.js';
import type { RecordedEvent } from '../run-history.js';
import { sealBundle } from '../seal-bundle.js';
import { allOf, artifactsOf, onlyOf, othersThan, type Artifacts } from './artifacts-of.js';
import { areDisposed, disposedKinds } from './disposed-kinds.js';
import { openOthersUse } from './others-use.js';

/** What is to go of one run or version of a dataset, and on what ground. */
export interface DisposalOrder {
  readonly facts: SubjectFacts;
  readonly artifacts: readonly ArtifactKind[];
  readonly class: string;
  readonly authority: string;
  readonly early: boolean;
}

const longestPauseMs = 200;

type Blob = { readonly digest: Digest; readonly sizeBytes: number };

/** Each tombstone is a command of its own. */
export const partContext = (context: CommandContext, id: string, part: number): CommandContext =>
  partOf(context, `${id} ${part}`);

export interface Disposing {
  /** Whether something that is kept, such as a run or its sealed bundle, reads this version of a dataset. */
  isInUse(order: DisposalOrder): Promise<boolean>;
  /**
   * Blobs that would go: what nothing else needs as far as anybody has said until now. Undefined when nothing of it is left to say.
   * @throws what reading what is damaged of it does
   */
  plan(order: DisposalOrder): Promise<readonly Blob[] | undefined>;
  /** Sets the tombstones one after the other, each when the bytes of the one before are gone. */
  carryOut(order: DisposalOrder, blobs: readonly Blob[], context: CommandContext): Promise<DisposalState>;
  /** What it needs no more, or needs all the same, counts for those after it. */
  settle(order: DisposalOrder, isGone: boolean): void;
}

/**
 * Reads what everything else refers to, for the disposal of some one after the other: what several of them share goes with the last
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
  const graph = openBlobGraph(artifacts);
  const ours = new Map<string, Artifacts | DomainError>();
  for (const { facts, artifacts: kinds } of orders) {
    if (facts.dataset === undefined) await sealed(provenance, facts.id);
    ours.set(facts.id, await whole(artifactsOf(provenance, graph, facts, kinds)));
  }
  const aside = new Set<string>();
  for (const [id, found] of ours) if (!(found instanceof DomainError)) aside.add(id);
  const kept: Digest[] = [];
  for (const [id, { artifacts: kinds, subject }] of past) {
    if (ours.has(id) || kinds.size === 0) continue;
    const others = othersThan([...kinds]);
    const found =
      others.length === 0 ? undefined : await whole(artifactsOf(provenance, graph, subject, [...kinds]));
    // One that cannot be read keeps all that it refers to.
    if (found instanceof DomainError) continue;
    aside.add(id);
    if (found !== undefined) kept.push(...allOf(found, others));
  }
  const living = openLiving(runtime.engines, signal, aside, {
    graph: openBlobGraph(artifacts, provenance.nodes),
  });
  await living.catchUp();
  living.addAlone(kept);
  /** How many of ours need a blob. */
  const needed = new Map<Digest, number>();
  for (const found of ours.values())
    for (const digest of found instanceof DomainError ? [] : allOf(found))
      needed.set(digest, (needed.get(digest) ?? 0) + 1);
  const namedBy = ({ facts }: DisposalOrder): Artifacts => {
    const found = ours.get(facts.id) as Artifacts | DomainError;
    if (found instanceof DomainError) throw found;
    return found;
  };

  /** Of the last tombstone, whoever set it. */
  async function ended(facts: SubjectFacts): Promise<DisposalState> {
    const stream = disposalStream(facts.id);
    for (let pauseMs = 5; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      const { state } = await disposals.load(stream);
      if (state.status !== 'open') return state;
      const hindrance =
        pauseMs < longestPauseMs ? undefined : await putAside(provenance, 'remove-disposed', stream);
      if (hindrance !== undefined)
        throw new DomainError(
          'rule',
          'DISPOSAL_PUT_ASIDE',
          `${labelOf(facts)} could not be disposed of: ${hindrance}`,
        );
      await clock.sleep(pauseMs, signal);
    }
  }

  return {
    async isInUse(order) {
      if (order.facts.dataset === undefined) return false;
      await living.catchUp();
      const [itself] = namedBy(order).data;
      return itself !== undefined && (living.has(itself) || needed.get(itself) !== 1);
    },

    async plan(order) {
      const { facts, artifacts: kinds } = order;
      const state = await ended(facts);
      await living.catchUp();
      const isDone = areDisposed(past.get(facts.id), kinds) || hasDisposed(state, kinds);
      // What was left because others may use it is named again only when it can go.
      const isUsed = isDone ? await openOthersUse(provenance, facts) : () => false;
      const blobs: Blob[] = [];
      for (const digest of onlyOf(namedBy(order), kinds)) {
        if (living.has(digest) || needed.get(digest) !== 1) continue;
        const found = await artifacts.stat(digest);
        if (found === undefined || isUsed(found, clock.now())) continue;
        blobs.push({ digest, sizeBytes: found.sizeBytes });
      }
      if (blobs.length === 0 && isDone) return undefined;
      return blobs.sort((a, b) => (a.digest < b.digest ? -1 : 1));
    },

    async carryOut({ facts, artifacts: kinds, class: name, authority, early }, blobs, context) {
      const { id, namespace, dataset, blueprint } = facts;
      const seen = living.last();
      const about = {
        ...(dataset === undefined ? { run: id } : { dataset }),
        ...{ namespace, ...(blueprint === undefined ? {} : { blueprint }) },
        ...{ artifacts: kinds, class: name, authority, early, ...(seen === undefined ? {} : { seen }) },
      };
      const parts = Math.max(1, Math.ceil(blobs.length / mostInOne));
      for (let part = 1; ; part++) {
        const some = blobs.slice((part - 1) * mostInOne, part * mostInOne);
        const place = { part, parts, at: clock.now() };
        const tombstone = { type: 'ArtifactsDisposed', ...about, blobs: some, ...place } as const;
        const command = { type: 'Dispose', tombstone } as const;
        await disposals.execute(disposalStream(id), command, partContext(context, id, part));
        const state = await ended(facts);
        if (state.status !== 'finished' || part === parts) return state;
      }
    },

    settle(order, isGone) {
      const found = namedBy(order);
      for (const digest of allOf(found)) needed.set(digest, (needed.get(digest) ?? 1) - 1);
      living.addAlone(allOf(found, isGone ? othersThan(order.artifacts) : artifactKinds));
    },
  };
}

const hasDisposed = (state: DisposalState, kinds: readonly ArtifactKind[]): boolean =>
  state.status === 'finished' &&
  state.tombstone.part === state.tombstone.parts &&
  kinds.every((kind) => state.tombstone.artifacts.includes(kind));

/** What a run consists of, or what of it is damaged. */
const whole = (found: Promise<Artifacts>): Promise<Artifacts | DomainError> =>
  found.catch((error: unknown) => {
    if (isDomainError(error) && ['integrity', 'invalid'].includes(error.kind)) return error;
    throw error;
  });

/** So that it is known what there was. What cannot be sealed any more goes all the same. */
async function sealed(provenance: Provenance, run: string): Promise<void> {
  try {
    await sealBundle(provenance, run, ({ terminal }) => setOffBy(provenance, terminal as RecordedEvent));
  } catch (error) {
    if (!isDomainError(error) || !['not-found', 'rule'].includes(error.kind)) throw error;
  }
}
