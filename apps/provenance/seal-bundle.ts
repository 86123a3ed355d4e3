import { DomainError, type Digest } from '#kernel';
import { digestBytes, parseTree, treeManifest, treeSizeBytes, type Tree } from '#evidence';
import { coreTree, historyBytes, type BundleEvent, type Content } from '#domain/bundle';
import type { RunEvent } from '#domain/run';
import type { CommandContext } from '#runtime';
import { largestTreeBytes } from '#service';
import type { RecordedApproval } from './approvals.js';
import { declaredVersion, describeCore, type Declared } from './describe-members.js';
import type { Provenance } from './provenance.js';
import { bundleStream, manifestOf, outcomeOf, readRun, type RunHistory } from './run-history.js';

const mostNamed = 5;

/**
 * Seals the core of a run that has ended: a pure function of its history, so that whoever seals it whenever gives the same bytes.
 * All of it is looked for first; a bundle is never sealed half.
 * @throws RUN_NOT_FOUND, RUN_NOT_ADMITTED, RUN_NOT_ENDED, BLOB_NOT_FOUND naming what is missing
 */
export const sealBundle = (...of: Sealing): Promise<BundleEvent> =>
  together(of, async () => {
    const [provenance, run] = of;
    const { state: known } = await provenance.bundles.load(bundleStream(run));
    return known.status === 'sealed' ? known.bundle : seal(...of);
  });

/** The same, of a run that has just ended: it is not looked whether it was sealed before. */
export const sealNew = (...of: Sealing): Promise<BundleEvent> => together(of, () => seal(...of));

type Sealing = readonly [
  provenance: Provenance,
  run: string,
  contextOf: (history: RunHistory) => CommandContext,
  /** Revision of the terminal event, where it is known. */
  last?: number,
];

/** Whoever comes meanwhile gets the same: nothing is put once more by somebody who is late, when it may be disposed of already. */
function together([{ sealing }, run]: Sealing, work: () => Promise<BundleEvent>): Promise<BundleEvent> {
  const underWay = sealing.get(run);
  if (underWay !== undefined) return underWay;
  const mine = work().finally(() => sealing.delete(run));
  sealing.set(run, mine);
  return mine;
}

async function seal(...[provenance, run, contextOf, last]: Sealing): Promise<BundleEvent> {
  const { bundles, runtime, clock } = provenance;
  const history = await readRun(provenance, run, last);
  const lines = historyBytes(history.lines);
  const { core, documents, manifest } = await makeCore(provenance, history, lines);
  const bytes = treeManifest(core);
  // A list that no reader would take must not be sealed either.
  parseTree(bytes);
  const { artifacts } = runtime.engines;
  provenance.reach('provenance:mid-seal');
  const [{ digest }] = await Promise.all([
    artifacts.put(bytes),
    artifacts.put(lines),
    ...documents.map((one) => runtime.lately.put(one)),
  ]);
  const { state } = await bundles.execute(
    bundleStream(run),
    {
      type: 'RecordBundle',
      bundle: {
        type: 'BundleSealed',
        namespace: history.namespace,
        run,
        core: digest,
        members: core.entries.length,
        sizeBytes: treeSizeBytes(core),
        manifest,
        reproducibilityKey: (history.admitted as { reproducibilityKey: Digest }).reproducibilityKey,
        outcome: outcomeOf(history),
        at: clock.now(),
      },
    },
    contextOf(history),
    true,
  );
  if (state.status !== 'sealed') throw new Error('a recorded bundle is sealed');
  return state.bundle;
}

async function makeCore(
  provenance: Provenance,
  history: RunHistory,
  lines: Uint8Array,
): Promise<{ readonly core: Tree; readonly documents: readonly Uint8Array[]; readonly manifest: Digest }> {
  const { lately } = provenance.runtime;
  const { manifest, digest, sizeBytes } = await manifestOf(provenance, history);
  if (history.terminal === undefined)
    throw new DomainError('rule', 'RUN_NOT_ENDED', `run ${history.run} has not ended yet`);
  const steps = history.events.filter(
    (event) => event.type === 'StepCompleted' || event.type === 'StepFailed',
  );
  const started = history.events.findLast((event) => event.type === 'RunStarted');
  const content = async (what: string, of: Digest | undefined): Promise<Content | undefined> => {
    if (of === undefined) return undefined;
    const found = await lately.stat(of);
    if (found === undefined) throw missing([`${what} ${of}`]);
    return { digest: of, sizeBytes: found.sizeBytes };
  };
  const declared = await declaredVersion(provenance, manifest);
  const approvals = await approvalsOf(provenance, history, declared);
  const signed =
    declared && approvals.length > 0
      ? historyBytes([declared.line, ...approvals.map(({ line }) => line)])
      : undefined;
  const [blueprint, fingerprint, folds, code, trees] = await Promise.all([
    content('the blueprint', declared?.document),
    content('the fingerprint', started?.fingerprint),
    content('the folds', started?.folds),
    readTree(provenance, manifest.pinned.code.tree),
    outputTrees(provenance, steps),
  ]);
  const written = contentOf(lines);
  const approved = signed && contentOf(signed);
  const members = coreTree({
    manifest: { digest, sizeBytes },
    history: written,
    ...(blueprint ? { blueprint } : {}),
    ...(approved ? { approvals: approved } : {}),
    ...(fingerprint ? { fingerprint } : {}),
    ...(folds ? { folds } : {}),
    code,
    steps,
    trees,
  });
  const files = members.entries.filter(({ target }) => target === undefined);
  const kept = new Set(files.map((file) => file.digest));
  // Not there yet, and what was found or read a moment ago.
  for (const known of [written, approved, { digest }, blueprint, fingerprint, folds])
    if (known) kept.delete(known.digest);
  const absent = new Set(await lately.missing([...kept]));
  const lost = files.filter((file) => absent.has(file.digest)).map(({ path }) => path);
  if (lost.length > 0) throw missing(lost);
  const described = await describeCore(provenance, history, {
    ...{ manifest, manifestDigest: digest, members, approvals },
    ...(started ? { fingerprint: started.fingerprint } : {}),
    ...(declared ? { declared } : {}),
  });
  const { core, documents } = described;
  return { core, documents: signed ? [...documents, signed] : documents, manifest: digest };
}

const contentOf = (bytes: Uint8Array): Content => ({ digest: digestBytes(bytes), sizeBytes: bytes.length });

/** Who had put their name to the version when the run was admitted. */
async function approvalsOf(
  { approvals }: Provenance,
  { admittedAt }: RunHistory,
  declared: Declared | undefined,
): Promise<readonly RecordedApproval[]> {
  return declared && admittedAt ? approvals.over(declared.eventId, admittedAt) : [];
}

async function outputTrees(
  provenance: Provenance,
  steps: readonly Extract<RunEvent, { type: 'StepCompleted' | 'StepFailed' }>[],
): Promise<ReadonlyMap<Digest, Tree>> {
  const outputs = steps.flatMap((step) => [...step.outputs, ...step.undeclared]);
  const digests = new Set(outputs.filter(({ kind }) => kind === 'tree').map(({ digest }) => digest));
  const trees = new Map<Digest, Tree>();
  for (const digest of digests) trees.set(digest, await readTree(provenance, digest));
  return trees;
}

const readTree = async ({ runtime }: Provenance, digest: Digest): Promise<Tree> =>
  parseTree(await runtime.lately.read(digest, largestTreeBytes));

function missing(what: readonly string[]): DomainError {
  const named = what.slice(0, mostNamed).join(', ');
  const more = what.length > mostNamed ? ` and ${what.length - mostNamed} more` : '';
  return new DomainError('not-found', 'BLOB_NOT_FOUND', `the store does not hold ${named}${more}`);
}
