import { sign } from 'node:crypto';
import { streamId, type Digest, type Instant, type JsonObject } from '#kernel';
import {
  auditLeaf,
  canonicalBytes,
  digestBytes,
  digestValue,
  formatCheckpoint,
  formatLogProof,
  inclusionProof,
  leafOf,
  merkleLeafHash,
  merkleRoot,
  nameId,
  signEnvelope,
  signNote,
  treeManifest,
  treeOf,
  type DsseEnvelope,
  type Signer,
  type Tree,
} from '#evidence';
import {
  coreTree,
  describeRun,
  descriptionPaths,
  historyBytes,
  sbomBytes,
  withMembers,
  type HistoryLine,
  type RunRecord,
  type Statement,
} from '#domain/bundle';
import { stepSeed } from '#domain/manifest';
import { coreDigest, writeBundle } from '../write-bundle.js';
import { approvalLines, publicBytes, testKey, type Approved } from './approval-lines.js';
import { describedOtherwise } from './forged-wording.js';
import { manifestOf } from './sample-manifest.js';

/** A key that follows from its name, so that what it signs is the same every time. */
export function testSigner(keyName = 'example.org/log', seed = 'one'): Signer {
  const key = testKey(seed);
  return {
    keyName,
    publicKey: publicBytes(key),
    sign: async (bytes) => new Uint8Array(sign(null, bytes, key)),
  };
}

const at = '2026-01-31T09:30:00.000Z' as Instant;
const payloadType = 'application/vnd.in-toto+json';
const jsonl = (values: readonly object[]) =>
  Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));

type Change = (path: string, bytes: Uint8Array) => Uint8Array | undefined;

/** What a hostile hand may change of the sample, each at the place where it is made. */
export interface Forgery {
  readonly weights?: string;
  readonly statements?: (statements: readonly Statement[]) => readonly Statement[];
  readonly envelopes?: (envelopes: readonly DsseEnvelope[]) => readonly object[];
  /** Of members of the core, by path, when all is described and signed; undefined leaves it out. */
  readonly member?: Change;
  /** The same before the crate names them and anything is signed. */
  readonly before?: Change;
  /** Of what describes it. */
  readonly wording?: (path: string, text: string) => string;
  /** Of the event that seals it. */
  readonly sealed?: (data: JsonObject) => JsonObject;
  readonly leaf?: (bytes: Uint8Array, which: number) => Uint8Array;
  readonly proofs?: (files: Readonly<Record<string, Uint8Array>>) => Readonly<Record<string, Uint8Array>>;
  /** Blobs beside the core. */
  readonly beside?: readonly string[];
  /** `named.json` beside the core. */
  readonly named?: Uint8Array;
  readonly run?: string;
  /** Its environment is an image. */
  readonly image?: string;
  /** Two people have signed its blueprint. */
  readonly approved?: Approved;
  /** Entries of the log after the sealing. */
  readonly later?: number;
  readonly outcome?: 'RunCompleted' | 'RunFailed';
  /** Of the step that completed, and of the end, before anything is made of them. */
  readonly step?: JsonObject;
  readonly end?: JsonObject;
}

export interface SignedSample {
  readonly core: Tree;
  readonly file: Buffer;
  readonly run: string;
}

/** A small run as provenance seals it and exports it, with attestations and log proofs, by given keys. */
export async function signedSample(
  signer: Signer = testSigner(),
  forgery: Forgery = {},
  logSigner: Signer = signer,
): Promise<SignedSample> {
  const blobs = new Map<Digest, Uint8Array>();
  const keep = (bytes: Uint8Array | string) => {
    const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    const digest = digestBytes(content);
    blobs.set(digest, content);
    return { digest, sizeBytes: content.length };
  };
  const run = forgery.run ?? nameId('run', 'signed sample');
  const code = treeOf([
    { path: 'train.mjs', mode: '100755', ...keep('console.log(1)\n') },
    { path: 'latest', mode: '120000', target: 'train.mjs', digest: digestBytes('train.mjs'), sizeBytes: 9 },
  ]);
  const manifest = manifestOf(code, keep('a,b\n1,2\n').digest, forgery.image);
  const manifestRef = keep(canonicalBytes(manifest as never));
  const reproducibilityKey = digestValue(manifest.pinned as never);
  const sections = {
    runtime: { kind: 'node', digest: digestBytes('node'), versions: { node: '26.10.0', zlib: '1' } },
  };
  const fingerprint = { holdfast: 'fingerprint/1', sections };
  const fingerprintRef = keep(canonicalBytes(fingerprint));
  const empty = keep('');
  const step = {
    ...{ type: 'StepCompleted', epoch: 1, step: 'train', fold: null },
    ...{ undeclared: [], summary: [], durationMs: 12 },
    outputs: [
      { name: 'model', path: 'model.json', kind: 'file', ...keep(forgery.weights ?? '{"weights":[1,2]}') },
    ],
    ...{ stdout: keep('hello\n'), stderr: empty, metrics: empty, exitCode: 0, at },
    seed: stepSeed(manifest, { step: 'train', fold: null }),
    ...(forgery.step as object),
  } as const;
  const end =
    forgery.outcome === 'RunFailed'
      ? { type: 'RunFailed', epoch: 1, failure: { class: 'timeout', message: 'too slow' }, at }
      : { type: 'RunCompleted', epoch: 1, metrics: [], at, ...forgery.end };
  const events = [
    {
      ...{
        type: 'RunSubmitted',
        namespace: 'default',
        requestDigest: digestBytes('request'),
        knobs: { l2: 0.1 },
      },
      ...{
        blueprint: { name: 'default/birds', version: digestBytes('version') },
        pool: 'default',
        priority: 0,
      },
      submittedAt: at,
    },
    {
      ...{ type: 'RunAdmitted', manifest: manifestRef.digest, reproducibilityKey, stepsTotal: 1 },
      retry: { attempts: 1, on: [] },
    },
    {
      ...{
        type: 'RunStarted',
        epoch: 1,
        fingerprint: fingerprintRef.digest,
        sections: { runtime: digestValue(sections.runtime) },
        hostNotIsolated: false,
      },
      ...{ isolation: { level: 'bubblewrap' }, at },
    },
    step,
    end,
  ] as unknown as RunRecord['events'];
  const lines = events.map((event, revision) => lineOf(run, event as never, revision));
  const blueprint = forgery.approved && keep('{"blueprint":"default/birds","why":"Do bills tell?"}');
  const approved = blueprint && approvalLines(blueprint.digest, forgery.approved);
  const changed = (tree: Tree, change: Change | undefined) =>
    treeOf(
      tree.entries.flatMap((entry) => {
        const bytes = change && blobs.get(entry.digest);
        if (bytes === undefined) return [entry];
        const other = change?.(entry.path, bytes);
        return other === undefined ? [] : [{ ...entry, ...keep(other) }];
      }),
    );
  const made = withMembers(
    coreTree({
      ...{ manifest: manifestRef, history: keep(historyBytes(lines)), fingerprint: fingerprintRef, code },
      ...{ steps: [step as never], trees: new Map() },
      ...(approved && { blueprint, approvals: keep(historyBytes(approved.lines)) }),
    }),
    [[descriptionPaths.sbom, keep(sbomBytes({ digest: fingerprintRef.digest, document: fingerprint }))]],
  );
  const members = changed(made, forgery.before);
  const actor = { id: nameId('actor', 'somebody'), type: 'person' };
  const record: RunRecord = {
    ...{ run, namespace: 'default', manifest, manifestDigest: manifestRef.digest, reproducibilityKey },
    ...{ events, actor, release: '0.1.0', members },
    ...(approved && { approvals: approved.approvals, version: approved.version }),
  };
  const described = forgery.wording ? describedOtherwise(record, forgery.wording) : describeRun(record);
  described.documents.forEach(keep);
  const statements = forgery.statements?.(described.statements) ?? described.statements;
  const signed = await Promise.all(
    statements.map((one) => signEnvelope(payloadType, Buffer.from(JSON.stringify(one)), [signer])),
  );
  const whole = withMembers(described.core, [
    [descriptionPaths.attestations, keep(jsonl(forgery.envelopes?.(signed) ?? signed))],
  ]);
  const core = changed(whole, forgery.member);
  const sealing = sealingEvent(run, core, manifestRef.digest, reproducibilityKey, end.type, forgery);
  const proofs = await proofsOf(
    [...beforehand(lines, approved?.lines, forgery), lines.at(-1) as HistoryLine, sealing],
    logSigner,
    forgery,
  );
  const file = await Array.fromAsync(
    writeBundle({
      core,
      ...(forgery.named && { named: forgery.named }),
      beside: (forgery.beside ?? []).map(keep),
      proofs: Object.entries(forgery.proofs?.(proofs) ?? proofs).map(([name, bytes]) => ({ name, bytes })),
      async *open(digest) {
        yield blobs.get(digest) ?? new Uint8Array();
      },
    }),
  );
  return { core, run, file: Buffer.concat(file) };
}

const metadata = {
  actor: { id: nameId('actor', 'somebody'), type: 'person', roles: [] },
  ...{
    correlationId: 'c-1',
    recordedAt: at,
    service: 'scheduler',
    serviceVersion: '0.1.0',
    schemaVersion: 1,
  },
};

function lineOf(
  run: string,
  { type, ...data }: JsonObject & { readonly type: string },
  revision: number,
): HistoryLine {
  return {
    ...{ stream: streamId('run', run), revision, type, eventId: nameId('event', run, String(revision)) },
    envelope: Buffer.from(canonicalBytes({ metadata, data })).toString(),
  };
}

function sealingEvent(
  run: string,
  core: Tree,
  manifest: Digest,
  key: Digest,
  end: string,
  forgery: Forgery,
): HistoryLine {
  const data = {
    ...{ namespace: 'default', run, core: coreDigest(core), members: core.entries.length, manifest },
    ...{
      sizeBytes: treeManifest(core).length,
      reproducibilityKey: key,
      outcome: end.slice(3).toLowerCase(),
      at,
    },
  };
  return {
    ...{
      stream: streamId('bundle', run),
      revision: 0,
      type: 'BundleSealed',
      eventId: nameId('event', run, 'sealed'),
    },
    envelope: Buffer.from(canonicalBytes({ metadata, data: forgery.sealed?.(data) ?? data })).toString(),
  };
}

/** Who approved the blueprint, and the admission of the run. */
function beforehand(
  lines: readonly HistoryLine[],
  [, ...approvals]: readonly HistoryLine[] = [],
  { approved }: Forgery,
): readonly HistoryLine[] {
  const admission = approved ? [lines[1] as HistoryLine] : [];
  return approved?.late ? [...admission, ...approvals] : [...approvals, ...admission];
}

/** A log of one entry, those of the bundle, the last of which is its sealing, and those that came later. */
async function proofsOf(own: readonly HistoryLine[], signer: Signer, { leaf, later = 0 }: Forgery) {
  const other = (i: number) => ({ ...own.at(-2), eventId: nameId('event', 'other'), revision: 99 + i });
  const after = Array.from({ length: later }, (_, i) => other(1 + i));
  const lines = [other(0), ...own, ...after] as HistoryLine[];
  const entries = lines.map((line, i) => {
    const bytes = auditLeaf(leafOf(i, { ...line, bytes: Buffer.from(line.envelope) }));
    return leaf?.(bytes, i) ?? bytes;
  });
  const hashes = entries.map(merkleLeafHash);
  const note = formatCheckpoint({ origin: signer.keyName, size: entries.length, root: merkleRoot(hashes) });
  const checkpoint = await signNote(note, [signer]);
  const files: Record<string, Uint8Array> = {};
  for (let i = 1; i <= own.length; i++) {
    const { eventId, envelope } = lines[i] as HistoryLine;
    const proof = { index: i, hashes: inclusionProof(hashes, i), checkpoint };
    files[`${eventId}.tlog-proof`] = Buffer.from(formatLogProof(proof));
    files[`${eventId}.leaf`] = entries[i] as Uint8Array;
    if (i === own.length) files[`${eventId}.event`] = Buffer.from(envelope);
  }
  return files;
}
