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
import type { Approved } from './check-approvals.js';
import type { Story } from './check-story.js';
import type { OpenBundle } from './read-bundle.js';
import { found, problem, type Findings } from './report.js';

const mostBytes = 64 * 2 ** 20;
const mostEnvelopes = 16;
const payloadType = 'application/vnd.in-toto+json';
const statementType = 'https://in-toto.io/Statement/v1';
const ownPredicate = 'https://holdfast.dev/run/v1';
const slsaPredicate = 'https://slsa.dev/provenance/v1';
const { attestations: file } = descriptionPaths;

type Told = Story & Pick<Approved, 'approvals'>;

export interface Attested extends Findings {
  /** Those of the keys that have signed. */
  readonly signers: readonly VerifierKey[];
}

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
  const problems = [
    ...(await found(file, async () => {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(await bundle.bytes(file, mostBytes));
      const lines = text.split('\n');
      if (lines.pop() !== '' || lines.length > mostEnvelopes)
        return [problem(file, `is not up to ${mostEnvelopes} whole lines`)];
      const each = lines.map((line, i) =>
        found(`${file} line ${i + 1}`, () => {
          const envelope = parseJson(line, { maxBytes: mostBytes, file });
          const payload = keys.length > 0 ? opened(envelope, signing, signers) : payloadOf(envelope);
          const statement = parseJson(payload, { maxBytes: mostBytes, file });
          if (!isObject(statement)) throw new Error('no statement');
          statements.push(statement);
          return [];
        }),
      );
      return (await Promise.all(each)).flat();
    })),
    ...statements.flatMap((statement) => checkStatement(bundle, story, statement)),
    ...checkKinds(story, statements),
  ];
  return { problems, signers: [...signers.values()] };
}

function opened(envelope: Json, keys: readonly VerifierKey[], signers: Map<string, VerifierKey>): Uint8Array {
  const { payload, signedBy: by } = verifyEnvelope(envelope, keys, payloadType);
  for (const key of by) signers.set(keyFingerprint(key.publicKey), key);
  return payload;
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
  const told = claims.flatMap(([what, said, is]) =>
    canonicalize(said ?? null) === canonicalize(is ?? null)
      ? []
      : [problem(field, `${what} is not what manifest and history say`, JSON.stringify(said ?? null))],
  );
  return [...wrong, ...told];
}

type Claim = readonly [what: string, said: Json | undefined, is: Json | undefined];

function ownClaims(story: Told, predicate: JsonObject): readonly Claim[] {
  const blueprint = at(story.manifest, 'declared', 'blueprint');
  return [
    ['the run', predicate['run'], story.run],
    ['the outcome', predicate['outcome'], story.outcome],
    ['the reproducibility key', predicate['reproducibilityKey'], story.reproducibilityKey],
    ['the version of the blueprint', at(predicate, 'blueprint', 'version'), at(blueprint, 'version')],
    ['the approvals', at(predicate, 'blueprint', 'approvals'), story.approvals],
    ['the seed', at(predicate, 'seed', 'root'), at(story.manifest, 'pinned', 'seed', 'root')],
  ];
}

function slsaClaims(story: Story, predicate: JsonObject): readonly Claim[] {
  const build = at(predicate, 'buildDefinition');
  const dependencies = at(build, 'resolvedDependencies');
  const digestOf = (name: string): Json | undefined => {
    const all = Array.isArray(dependencies) ? (dependencies as readonly Json[]) : [];
    const sha256 = at(
      all.find((one) => at(one, 'name') === name),
      'digest',
      'sha256',
    );
    return typeof sha256 === 'string' ? `sha256:${sha256}` : sha256;
  };
  const pinned = at(story.manifest, 'pinned');
  const data = at(pinned, 'data');
  return [
    ['the run', at(predicate, 'runDetails', 'metadata', 'invocationId'), `urn:uuid:${story.run}`],
    ['the knobs', at(build, 'externalParameters', 'knobs'), at(pinned, 'knobs')],
    [
      'the reproducibility key',
      at(build, 'internalParameters', 'reproducibilityKey'),
      story.reproducibilityKey,
    ],
    ['the manifest', digestOf('manifest'), story.manifestDigest],
    ['the code', digestOf('code'), at(pinned, 'code', 'tree')],
    ['the environment', digestOf('environment'), at(pinned, 'environment', 'digest')],
    ...Object.keys(isObject(data) ? data : {}).map(
      (name) => [`data.${name}`, digestOf(`data.${name}`), at(data, name, 'digest')] as const,
    ),
  ];
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
    ...(story.outcome !== 'completed' && slsa.length > 0
      ? [problem(file, 'attests results of a run that has none')]
      : []),
  ];
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** What is at a path in JSON of which nothing is known. */
const at = (value: Json | undefined, ...path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>(
    (inner, key) => (isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    value,
  );
