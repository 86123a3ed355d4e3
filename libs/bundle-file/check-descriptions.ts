import type { Json, JsonObject, Problem } from '#kernel';
import { parseJson } from '#evidence';
import { bundlePaths, descriptionPaths, stepFolder } from '#domain/bundle';
import type { Story } from './check-story.js';
import type { OpenBundle } from './read-bundle.js';
import { found, problem } from './report.js';

const mostBytes = 64 * 2 ** 20;

/** Whether the bundle describes itself in other people's formats; those of before 2026-11-27 do not. */
export const isDescribed = ({ core }: OpenBundle): boolean =>
  core.entries.some(({ path }) => path === descriptionPaths.crate || path === descriptionPaths.attestations);

/** Crate, lineage and list of software must tell of this run, of these files, of this end, and of nothing else. */
export async function checkDescriptions(bundle: OpenBundle, story: Story): Promise<readonly Problem[]> {
  const { crate, prov, openlineage, sbom } = descriptionPaths;
  const has = (path: string) => bundle.core.entries.some((entry) => entry.path === path);
  const read = (path: string) => bundle.bytes(path, mostBytes);
  const checks = [
    [crate, async () => checkCrate(bundle, story, json(await read(crate), crate))],
    [prov, async () => checkProv(bundle, story, json(await read(prov), prov))],
    [openlineage, async () => checkLineage(story, await read(openlineage))],
    ...(has(bundlePaths.fingerprint)
      ? [[sbom, async () => checkSbom(bundle, json(await read(sbom), sbom))] as const]
      : []),
  ] as const;
  const problems = await Promise.all(checks.map(([path, check]) => found(path, check)));
  return problems.flat();
}

const json = (bytes: Uint8Array, file: string): Json => parseJson(bytes, { maxBytes: mostBytes, file });
const objectsIn = (value: Json | undefined): readonly JsonObject[] =>
  (Array.isArray(value) ? (value as readonly Json[]) : []).filter(isObject);
const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

function checkCrate({ core }: OpenBundle, { run, outcome }: Story, document: Json): Problem[] {
  const graph = objectsIn(isObject(document) ? document['@graph'] : undefined);
  const problems: Problem[] = [];
  const wrong = (field: string, message: string) =>
    problems.push(problem(`${descriptionPaths.crate}: ${field}`, message));
  const root = graph.find((entity) => entity['@id'] === './');
  if (root?.['identifier'] !== `urn:uuid:${run}`) wrong('./', 'is about another run');
  const status = graph.find((entity) => entity['@id'] === `#run/${run}`)?.['actionStatus'];
  if (textOf(status).endsWith('/CompletedActionStatus') !== (outcome === 'completed'))
    wrong(`#run/${run}`, `ended otherwise than the history says (${outcome})`);
  const parts = new Set(objectsIn(root?.['hasPart']).map((part) => part['@id']));
  const unnamed = new Map(
    core.entries.filter(({ target }) => target === undefined).map((entry) => [entry.path, entry]),
  );
  for (const entity of graph) {
    const path = pathOf(textOf(entity['@id']));
    if (path === undefined || typeof entity['sha256'] !== 'string') continue;
    const entry = unnamed.get(path);
    unnamed.delete(path);
    if (entry === undefined) wrong(path, 'is no member of the bundle, or named twice');
    else if (
      entry.digest !== `sha256:${entity['sha256']}` ||
      String(entry.sizeBytes) !== entity['contentSize']
    )
      wrong(path, 'is another file than the member of that name');
    else if (!parts.has(entity['@id'] as string)) wrong(path, 'is no part of the crate');
  }
  for (const path of unnamed.keys())
    if (path !== descriptionPaths.crate && path !== descriptionPaths.attestations)
      wrong(path, 'is a member that the crate does not name');
  return problems;
}

/** Undefined for what is no file of the crate. */
function pathOf(id: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(id) || id.startsWith('#') || id === './') return undefined;
  return decodeURIComponent(id);
}

function checkProv(bundle: OpenBundle, { run, events, manifestDigest }: Story, document: Json): Problem[] {
  const { prov } = descriptionPaths;
  const section = (name: string) => (isObject(document) && isObject(document[name]) ? document[name] : {});
  const activity = Object.keys(section('activity'));
  const problems = activity.includes(`uuid:${run}`) ? [] : [problem(prov, 'is about another run')];
  const written = new Map(outputsOf(events));
  const told = Object.entries(section('entity')).flatMap(([id, entity]) => {
    const said = isObject(entity) ? entity['holdfast:digest'] : undefined;
    return id.startsWith('file:') ? [[decodeURIComponent(id.slice('file:'.length)), said] as const] : [];
  });
  for (const [path, said] of told)
    if (written.get(path) !== said)
      problems.push(problem(`${prov}: ${path}`, 'is not what the history says'));
  if (new Set(told.map(([path]) => path)).size !== written.size)
    problems.push(problem(prov, 'does not name every output'));
  const plan = `ni:${Buffer.from(manifestDigest.slice('sha256:'.length), 'hex').toString('base64url')}`;
  if (!Object.hasOwn(section('entity'), plan)) problems.push(problem(prov, 'was made for another manifest'));
  return problems;
}

/** Path and digest of what every step wrote; that of a folder ends in `/`. */
const outputsOf = (events: Story['events']): (readonly [path: string, digest: string])[] =>
  events.flatMap(({ type, data }) => {
    if (type !== 'StepCompleted' && type !== 'StepFailed') return [];
    const folder = stepFolder(data as { epoch: number; step: string; fold: number | null });
    const outputs = data['outputs'] as unknown as { kind: string; path: string; digest: string }[];
    return outputs.map(
      ({ kind, path, digest }) => [`${folder}/outputs/${path}${kind === 'tree' ? '/' : ''}`, digest] as const,
    );
  });

function checkLineage({ run, outcome, events }: Story, bytes: Uint8Array): Problem[] {
  const { openlineage } = descriptionPaths;
  const lines = new TextDecoder('utf-8', { fatal: true }).decode(bytes).split('\n');
  const told = objectsIn(lines.filter(Boolean).map((line) => parseJson(line, { file: openlineage })));
  const runOf = (event: JsonObject | undefined) =>
    isObject(event?.['run']) ? event['run']['runId'] : undefined;
  const [first, last] = [told[0], told.at(-1)];
  const ends: Readonly<Record<string, string>> = {
    completed: 'COMPLETE',
    failed: 'FAIL',
    cancelled: 'ABORT',
  };
  const steps = events.filter(({ type }) => type === 'StepCompleted' || type === 'StepFailed').length;
  return [
    ...(runOf(first) === run && runOf(last) === run ? [] : [problem(openlineage, 'is about another run')]),
    ...(first?.['eventType'] === 'START' && last?.['eventType'] === ends[outcome]
      ? []
      : [problem(openlineage, `ended otherwise than the history says (${outcome})`)]),
    ...(told.length === 2 + 2 * steps && told.length === lines.length - 1
      ? []
      : [problem(openlineage, 'does not tell of every step')]),
  ];
}

function checkSbom({ core }: OpenBundle, document: Json): Problem[] {
  const fingerprint = core.entries.find(({ path }) => path === bundlePaths.fingerprint)?.digest;
  const metadata = isObject(document) && isObject(document['metadata']) ? document['metadata'] : {};
  const component = isObject(metadata['component']) ? metadata['component'] : {};
  return component['version'] === fingerprint
    ? []
    : [problem(descriptionPaths.sbom, 'is of another environment than the fingerprint')];
}
