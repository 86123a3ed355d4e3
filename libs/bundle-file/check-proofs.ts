import type { Digest, Json, JsonObject, Problem } from '#kernel';
import {
  auditLeaf,
  digestBytes,
  merkleLeafHash,
  parseCheckpoint,
  parseJson,
  parseLogProof,
  verifyInclusion,
  verifyLogProof,
  type AuditLeaf,
  type CheckpointPolicy,
} from '#evidence';
import type { HistoryLine } from '#domain/bundle';
import type { Approved } from './check-approvals.js';
import type { Story } from './check-story.js';
import type { OpenBundle } from './read-bundle.js';
import { found, problem, type Findings } from './report.js';
import { keysName, proofFolder } from './write-bundle.js';

export interface Logged extends Findings {
  /** By checkpoints that were signed by a given key; `sealedAt` is the entry that seals this core. */
  readonly log?: {
    readonly origin: string;
    readonly size: number;
    readonly sealedAt?: number;
    /** Which of the given witnesses have cosigned. */
    readonly witnesses: readonly string[];
  };
  /** What the log is proven to hold. */
  readonly holds: ReadonlySet<'end' | 'core' | 'approvals'>;
}

type What = 'end' | 'core' | 'admission' | 'approval';
type Proven = {
  readonly what: What;
  readonly index: number;
  readonly origin: string;
  readonly size: number;
  readonly witnesses: readonly string[];
};
const mostBytes = 2 ** 20;
type Told = Story & Pick<Approved, 'signed'>;

/**
 * The proofs that were added on export: that the log holds the event with which the run ended, and the one that sealed this core; those of
 * signatures over the blueprint, and of the admission of the run after them. Leaf, event and proof must belong together whether or not a key is given; with one, the checkpoint must be signed by it.
 */
export async function checkProofs(
  bundle: OpenBundle,
  story: Told,
  policy: CheckpointPolicy | undefined,
): Promise<Logged> {
  const proven: Proven[] = [];
  const ids = new Set(bundle.proofs.filter((name) => name !== keysName).map((name) => name.slice(0, 36)));
  const problems: Problem[] = [];
  for (const id of ids) {
    const field = `${proofFolder}/${id}`;
    problems.push(
      ...(await found(field, async () => {
        proven.push(await checkProof(bundle, story, id, policy));
        return [];
      })),
    );
  }
  const of = (wanted: What) => proven.filter(({ what }) => what === wanted);
  const [[end], [core], [admission]] = [of('end'), of('core'), of('admission')];
  const approvals = of('approval');
  const isBefore = (a: Proven, b: Proven) => a.origin === b.origin && a.index < b.index;
  if (end && core && !isBefore(end, core))
    problems.push(problem(proofFolder, 'the run ended after its bundle was sealed, or in another log'));
  if (admission && !approvals.every((one) => isBefore(one, admission)))
    problems.push(
      problem(proofFolder, 'the blueprint was signed after the run was admitted, or in another log'),
    );
  const isApproved = admission && approvals.length > 0 && approvals.length === story.signed.length;
  const last = core ?? end;
  return {
    problems,
    holds: new Set(
      problems.length > 0
        ? []
        : [
            ...(end ? (['end'] as const) : []),
            ...(core ? (['core'] as const) : []),
            ...(isApproved ? (['approvals'] as const) : []),
          ],
    ),
    ...(last && policy && problems.length === 0
      ? {
          log: {
            ...{ origin: last.origin, size: last.size, witnesses: last.witnesses },
            ...(core ? { sealedAt: core.index } : {}),
          },
        }
      : {}),
  };
}

async function checkProof(
  bundle: OpenBundle,
  story: Told,
  id: string,
  policy: CheckpointPolicy | undefined,
): Promise<Proven> {
  const read = (kind: string) => bundle.bytes(`${proofFolder}/${id}.${kind}`, mostBytes);
  const [text, bytes] = [utf8.decode(await read('tlog-proof')), await read('leaf')];
  const leaf = leafIn(bytes);
  if (leaf.eventId !== id) throw new Error('its leaf is of another event');
  const known = [...story.events, ...story.signed].find(({ eventId }) => eventId === id);
  const event = known ? Buffer.from(known.envelope) : await read('event');
  if (known && bundle.proofs.includes(`${id}.event`)) throw new Error('the bundle has this event already');
  if (digestBytes(event) !== `sha256:${leaf.bytesSha256}`)
    throw new Error('its leaf is of other bytes than the event');
  const what = known ? knownAs(story, known, leaf) : sealOf(bundle, story, event, leaf);
  if (policy) {
    const { index, checkpoint } = verifyLogProof(text, bytes, policy);
    if (String(index) !== leaf.index) throw new Error('its leaf has another index');
    const witnesses = checkpoint.witnessedBy.map(({ name }) => name);
    return { what, index, origin: checkpoint.origin, size: checkpoint.size, witnesses };
  }
  const { index, hashes, checkpoint: note } = parseLogProof(text);
  const checkpoint = parseCheckpoint(note);
  const holds = verifyInclusion(merkleLeafHash(bytes), index, checkpoint.size, hashes, checkpoint.root);
  if (!holds || String(index) !== leaf.index) throw new Error('the proof is of another leaf');
  return { what, index, origin: checkpoint.origin, size: checkpoint.size, witnesses: [] };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A leaf as it is written, and in no other way. */
function leafIn(bytes: Uint8Array): AuditLeaf {
  const leaf = parseJson(bytes, { file: 'a leaf' }) as unknown as AuditLeaf;
  if (typeof leaf !== 'object' || !Buffer.from(auditLeaf(leaf)).equals(bytes))
    throw new Error('its leaf is not one');
  return leaf;
}

function knownAs(story: Told, event: HistoryLine, leaf: AuditLeaf): What {
  const same =
    leaf.stream === event.stream && leaf.type === event.type && leaf.revision === String(event.revision);
  if (!same) throw new Error('its leaf says otherwise than the event');
  if (event === story.events.at(-1)) return 'end';
  if (story.signed.includes(event)) return 'approval';
  if (event.type === 'RunAdmitted') return 'admission';
  throw new Error('is about no end of the run, nor about who approved it');
}

function sealOf({ coreDigest }: OpenBundle, story: Story, event: Uint8Array, leaf: AuditLeaf): 'core' {
  const data = (parseJson(event, { file: 'an event' }) as { data?: JsonObject }).data ?? {};
  const sealed = leaf.type === 'BundleSealed' || leaf.type === 'BundleImported';
  if (!sealed || leaf.stream !== `bundle-${story.run}` || leaf.revision !== '0')
    throw new Error('is about nothing in this bundle');
  const expected: Readonly<Record<string, Json | Digest>> = {
    ...{ run: story.run, core: coreDigest, manifest: story.manifestDigest, outcome: story.outcome },
    reproducibilityKey: story.reproducibilityKey,
  };
  for (const [key, value] of Object.entries(expected))
    if (data[key] !== value)
      throw new Error(`the log holds another bundle of this run: its ${key} is not this one's`);
  return 'core';
}
