import { isDomainError } from '#kernel';
import { canonicalBytes, type Tree } from '#evidence';
import { keysName } from '#bundle-file';
import { bundlePaths, parseLines } from '#domain/bundle';
import type { CallContext } from '#platform';
import { bundleStream, runStream, terminalTypes } from './run-history.js';
import type { Provenance } from './provenance.js';

/** Small files that go below `proofs/` of an exported bundle, or why there are none. */
export type Proofs =
  | { readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[] }
  | { readonly missing: string };

/** The log may be some seconds behind; a bundle is not worth waiting for it longer. */
const patienceMs = 15_000;
/** Two files each; a bundle has room for 2,048. */
const mostApprovals = 1_000;

/**
 * Asks the auditor for proofs that its log holds the end of the run and the sealing of its bundle; and its admission, after those
 * who approved its blueprint. Of a run that came in a bundle its own installation's log holds that. An auditor that cannot be
 * asked keeps nobody from a bundle: it goes without, and says so.
 */
export async function logProofs(
  provenance: Provenance,
  run: string,
  core: Tree,
  context: CallContext,
): Promise<Proofs> {
  const sealing = await sealingEvent(provenance, run);
  if (sealing?.type === 'BundleImported')
    return {
      missing: 'the run is of another installation, whose log holds it: keep the file that it came in',
    };
  try {
    const { auditor } = await provenance.auditor.connection();
    const approvals = await approvalEvents(provenance, core);
    const subjects = [
      {
        subject: runStream(run),
        types: [...terminalTypes, ...(approvals.length > 0 ? ['RunAdmitted'] : [])],
      },
      { subject: bundleStream(run), types: ['BundleSealed'] },
      ...approvals.map((subject) => ({ subject, types: [] })),
    ];
    const files: { name: string; bytes: Uint8Array }[] = [];
    const { signal, correlationId, deadlineMs } = context;
    const limit = Math.min(patienceMs, Number.isFinite(deadlineMs) ? deadlineMs / 2 : patienceMs);
    const options = { signal, correlationId, deadlineMs: limit };
    for (const wanted of subjects) {
      for await (const { eventId, leaf, proof } of auditor.proveEvents(
        { namespace: '', ...wanted },
        options,
      )) {
        files.push({ name: `${eventId}.tlog-proof`, bytes: Buffer.from(proof) });
        files.push({ name: `${eventId}.leaf`, bytes: leaf });
        if (eventId === sealing?.eventId) files.push({ name: `${eventId}.event`, bytes: sealing.bytes });
      }
    }
    const { keys } = await auditor.getSigningKeys({}, { ...options, repeatable: true });
    const statements = keys.flatMap(({ announcement }) => announcement ?? []);
    if (statements.length > 0) files.push({ name: keysName, bytes: canonicalBytes(statements) });
    return { files };
  } catch (error) {
    if (context.signal.aborted || !isDomainError(error)) throw error;
    return { missing: `the auditor gave none: ${error.code}: ${error.message}` };
  }
}

/** Ids of the signatures over the blueprint; of more than {@link mostApprovals} none is proven. */
async function approvalEvents({ runtime }: Provenance, { entries }: Tree): Promise<readonly string[]> {
  const member = entries.find(({ path }) => path === bundlePaths.approvals);
  if (member === undefined) return [];
  const bytes = await runtime.engines.artifacts.read(member.digest);
  const [, ...signed] = parseLines(bytes, bundlePaths.approvals);
  return signed.length > mostApprovals ? [] : signed.map(({ eventId }) => eventId);
}

/** What the log's leaf is of: it is in no member of the core, for it names the core. */
async function sealingEvent({ runtime }: Provenance, run: string) {
  for await (const [event] of runtime.engines.eventStore.readStream(bundleStream(run), { limit: 1 }))
    if (event) return event;
  return undefined;
}
