import type { Json, JsonObject, Problem } from '#kernel';
import {
  canonicalize,
  decodeBase64,
  keyFingerprint,
  parseJson,
  verifyEnvelope,
  type VerifierKey,
} from '#evidence';
import { descriptionPaths } from '#domain/bundle';
import type { Story } from './check-story.js';
import { ownClaims, slsaClaims, type Told } from './claims.js';
import { at, isObject, listOf } from './hostile-json.js';
import type { OpenBundle } from './read-bundle.js';
import { found, problem, type Findings } from './report.js';
import { reportedSteps } from './reported-steps.js';

const mostBytes = 64 * 2 ** 20;
const mostEnvelopes = 16;
const payloadType = 'application/vnd.in-toto+json';
const statementType = 'https://in-toto.io/Statement/v1';
const ownPredicate = 'https://holdfast.dev/run/v1';
const slsaPredicate = 'https://slsa.dev/provenance/v1';
const { attestations: file } = descriptionPaths;

export interface Attested extends Findings {
  /** Those of the keys that have signed. */
  readonly signers: readonly VerifierKey[];
  /** By whom the envelopes say that they are signed: a hint, which nobody need believe. */
  readonly claimed: readonly string[];
  readonly statements: readonly JsonObject[];
}

/** Of a bundle that describes itself in no other words. */
export const nothingAttested: Attested = { problems: [], signers: [], claimed: [], statements: [] };

/**
 * Every envelope must be signed by one of the keys, where there are any, and every statement must be about members of this bundle and
 * say what manifest and history say. Only Ed25519 over DSSE's pre-authentication encoding is a signature; what an envelope says of its
 * key is a hint.
 */
export async function checkAttestations(
  bundle: OpenBundle,
  story: Told,
  keys: readonly VerifierKey[],
): Promise<Attested> {
  const signers = new Map<string, VerifierKey>();
  const signing = keys.filter(({ algorithm }) => algorithm === 'ed25519');
  const statements: JsonObject[] = [];
  const claimed = new Set<string>();
  const unreadable = await found(file, async () => {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await bundle.bytes(file, mostBytes));
    const lines = text.split('\n', mostEnvelopes + 2);
    if (lines.pop() !== '' || lines.length > mostEnvelopes)
      return [problem(file, `is not up to ${mostEnvelopes} whole lines`)];
    const each = lines.map((line, i) =>
      found(`${file} line ${i + 1}`, () => {
        const envelope = parseJson(line, { maxBytes: mostBytes, file });
        for (const id of namedIn(envelope)) claimed.add(id);
        const payload = keys.length > 0 ? opened(envelope, signing, signers) : payloadOf(envelope);
        const statement = parseJson(payload, { maxBytes: mostBytes, file });
        if (!isObject(statement)) throw new Error('no statement');
        statements.push(statement);
        return [];
      }),
    );
    return (await Promise.all(each)).flat();
  });
  const problems = [
    ...unreadable,
    ...statements.flatMap((statement) => checkStatement(bundle, story, statement)),
    // Which are there is known only when each could be read.
    ...(unreadable.length === 0 ? checkKinds(story, statements) : []),
  ];
  return { problems, signers: [...signers.values()], claimed: [...claimed], statements };
}

function opened(envelope: Json, keys: readonly VerifierKey[], signers: Map<string, VerifierKey>): Uint8Array {
  try {
    const { payload, signedBy: by } = verifyEnvelope(envelope, keys, payloadType);
    for (const key of by) signers.set(keyFingerprint(key.publicKey), key);
    return payload;
  } catch (error) {
    const said = namedIn(envelope).map((id) => id.slice(0, 16));
    const hint = said.length > 0 ? `; it says that it is signed by ${said.join(', ')}` : '';
    throw new Error(`${(error as Error).message}${hint}`, { cause: error });
  }
}

/** Fingerprints of keys, and nothing else that stands there. */
function namedIn(envelope: Json): readonly string[] {
  return listOf(at(envelope, 'signatures'))
    .map((one) => at(one, 'keyid'))
    .filter((id): id is string => typeof id === 'string' && /^[0-9a-f]{64}$/.test(id))
    .slice(0, mostEnvelopes);
}

/** Without a key it is read all the same: its parts must agree. */
function payloadOf(envelope: Json): Uint8Array {
  const { payload, payloadType: type } = isObject(envelope) ? envelope : {};
  const bytes = typeof payload === 'string' ? decodeBase64(payload) : undefined;
  if (bytes === undefined || type !== payloadType)
    throw new Error('not a DSSE envelope of an in-toto statement');
  return bytes;
}

function checkStatement({ core }: OpenBundle, story: Told, statement: JsonObject): Problem[] {
  const field = `${file}: ${typeof statement['predicateType'] === 'string' ? statement['predicateType'] : '?'}`;
  const subjects = statement['subject'];
  if (statement['_type'] !== statementType || !Array.isArray(subjects) || subjects.length === 0)
    return [problem(field, `is no ${statementType} with a subject`)];
  const digests = new Map(core.entries.map(({ path, digest }) => [path, digest as string]));
  const wrong = (subjects as readonly Json[]).flatMap((subject) => {
    const { name, digest } = isObject(subject) ? subject : {};
    const sha256 = isObject(digest) ? digest['sha256'] : undefined;
    const known = typeof name === 'string' && typeof sha256 === 'string';
    return known && digests.get(name) === `sha256:${sha256}`
      ? []
      : [problem(field, 'its subject is no member of this bundle', JSON.stringify(name ?? null))];
  });
  const predicate = isObject(statement['predicate']) ? statement['predicate'] : {};
  const claims =
    statement['predicateType'] === ownPredicate ? ownClaims(story, predicate) : slsaClaims(story, predicate);
  for (const log of listOf(at(predicate, 'runDetails', 'byproducts')))
    if (digests.get(String(at(log, 'name'))) !== `sha256:${String(at(log, 'digest', 'sha256'))}`)
      wrong.push(
        problem(field, 'its byproduct is no member of this bundle', JSON.stringify(at(log, 'name') ?? null)),
      );
  const told = claims.flatMap(([what, said, is]) =>
    canonicalize(said ?? null) === canonicalize(is ?? null)
      ? []
      : [problem(field, `${what} is not what manifest and history say`, JSON.stringify(said ?? null))],
  );
  return [...wrong, ...told];
}

/** One statement of ours about manifest, history and crate; of SLSA at most one. */
function checkKinds(story: Story, statements: readonly JsonObject[]): Problem[] {
  const of = (type: string) => statements.filter(({ predicateType }) => predicateType === type);
  const own = of(ownPredicate);
  const slsa = of(slsaPredicate);
  const names = (Array.isArray(own[0]?.['subject']) ? (own[0]['subject'] as readonly Json[]) : []).map(
    (subject) => at(subject, 'name'),
  );
  const about = [...descriptionPaths.attested, descriptionPaths.crate];
  return [
    ...(own.length === 1 && about.every((name) => names.includes(name))
      ? []
      : [problem(file, `needs one statement ${ownPredicate} about ${about.join(', ')}`)]),
    ...(slsa.length <= 1 && own.length + slsa.length === statements.length
      ? []
      : [problem(file, 'holds statements of another kind, or one twice')]),
    ...checkResults(story, slsa),
  ];
}

/** SLSA's statement is about every file that the last attempt gave, where the run completed; else there is none. */
function checkResults({ outcome, events }: Story, slsa: readonly JsonObject[]): Problem[] {
  if (outcome !== 'completed')
    return slsa.length === 0 ? [] : [problem(file, 'attests results of a run that has none')];
  const last = at(events.at(-1)?.data, 'epoch');
  const names = new Set(listOf(slsa[0]?.['subject']).map((one) => at(one, 'name')));
  return reportedSteps(events)
    .filter(({ isCompleted, data }) => isCompleted && data['epoch'] === last)
    .flatMap(({ written }) => written('outputs'))
    .filter(({ kind, path }) => kind === 'file' && !names.has(path))
    .map(({ path }) => problem(file, 'attests not every result of the run', path));
}
