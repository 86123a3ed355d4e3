import type { Digest, Json, JsonObject, Problem } from '#kernel';
import { canonicalize, parseJson } from '#evidence';
import { bundlePaths, descriptionPaths, sbomBytes } from '#domain/bundle';
import { checkCrate } from './check-crate.js';
import type { Story } from './check-story.js';
import { at, isObject, objectsIn } from './hostile-json.js';
import type { OpenBundle } from './read-bundle.js';
import { found, problem } from './report.js';
import { describedAs, reportedSteps } from './reported-steps.js';

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
    [prov, async () => checkProv(story, json(await read(prov), prov))],
    [openlineage, async () => checkLineage(story, await read(openlineage))],
    ...(has(bundlePaths.fingerprint) ? [[sbom, () => checkSbom(bundle, read)] as const] : []),
  ] as const;
  const problems = await Promise.all(checks.map(([path, check]) => found(path, check)));
  return problems.flat();
}

const json = (bytes: Uint8Array, file: string): Json => parseJson(bytes, { maxBytes: mostBytes, file });

function checkProv({ run, events, manifestDigest, actor }: Story, document: Json): Problem[] {
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
  if (!Object.hasOwn(section('agent'), `uuid:${actor}`))
    problems.push(problem(prov, 'was submitted by somebody else, the history says'));
  if (!Object.hasOwn(section('entity'), plan)) problems.push(problem(prov, 'was made for another manifest'));
  return problems;
}

/** Path and digest of what every step wrote; that of a folder ends in `/`. */
const outputsOf = (events: Story['events']): (readonly [path: string, digest: string])[] =>
  reportedSteps(events).flatMap(({ written }) =>
    written('outputs').map((output) => [describedAs(output), output.digest] as const),
  );

function checkLineage({ run, outcome, events, manifest }: Story, bytes: Uint8Array): Problem[] {
  const { openlineage } = descriptionPaths;
  const count = (wanted: string) => events.filter(({ type }) => type === wanted).length;
  const due = 2 + 2 * (count('StepCompleted') + count('StepFailed'));
  const lines = new TextDecoder('utf-8', { fatal: true }).decode(bytes).split('\n', due + 2);
  if (lines.length !== due + 1) return [problem(openlineage, 'does not tell of every step, or of more')];
  const known = new Set<unknown>([
    ...Object.values(manifest.pinned.data).map(({ digest }) => digest),
    ...outputsOf(events).map(([, digest]) => digest),
  ]);
  const told = objectsIn(lines.filter(Boolean).map((line) => parseJson(line, { file: openlineage })));
  const runOf = (event: JsonObject | undefined) =>
    isObject(event?.['run']) ? event['run']['runId'] : undefined;
  const [first, last] = [told[0], told.at(-1)];
  const ends: Readonly<Record<string, string>> = {
    completed: 'COMPLETE',
    failed: 'FAIL',
    cancelled: 'ABORT',
  };
  return [
    ...(runOf(first) === run && runOf(last) === run ? [] : [problem(openlineage, 'is about another run')]),
    ...(first?.['eventType'] === 'START' && last?.['eventType'] === ends[outcome]
      ? []
      : [problem(openlineage, `ended otherwise than the history says (${outcome})`)]),
    ...(told.slice(1, -1).filter(({ eventType }) => eventType === 'FAIL').length === count('StepFailed')
      ? []
      : [problem(openlineage, 'has steps that ended otherwise than the history says')]),
    ...(versionsIn(told).every((version) => known.has(version))
      ? []
      : [problem(openlineage, 'names data of which manifest and history say nothing')]),
    ...(told.length === due ? [] : [problem(openlineage, 'does not tell of every step, or of more')]),
  ];
}

/** Of what was read and written, by digest. */
const versionsIn = (told: readonly JsonObject[]): readonly unknown[] =>
  told.flatMap(({ inputs, outputs }) =>
    [...objectsIn(inputs), ...objectsIn(outputs)].map((one) =>
      at(one, 'facets', 'version', 'datasetVersion'),
    ),
  );

/** It must be made of this fingerprint, and name all software that this names, each as it is there. */
async function checkSbom(
  bundle: OpenBundle,
  read: (path: string) => Promise<Uint8Array>,
): Promise<Problem[]> {
  const { sbom } = descriptionPaths;
  const digest = bundle.core.entries.find(({ path }) => path === bundlePaths.fingerprint)?.digest as Digest;
  const told = json(await read(sbom), sbom);
  if (at(told, 'metadata', 'component', 'version') !== digest)
    return [problem(sbom, 'is of another environment than the fingerprint')];
  const document = json(await read(bundlePaths.fingerprint), bundlePaths.fingerprint);
  if (!isObject(document)) return [problem(bundlePaths.fingerprint, 'is no fingerprint')];
  const named = new Map(componentsOf(told));
  const due = componentsOf(json(sbomBytes({ digest, document }), sbom));
  return due.flatMap(([ref, said]) =>
    named.get(ref) === said ? [] : [problem(`${sbom}: ${ref}`, 'is not what the fingerprint says')],
  );
}

/** Which version of what, with its digest where there is one. */
const componentsOf = (document: Json): (readonly [ref: string, said: string])[] =>
  objectsIn(at(document, 'components')).map((component) => [
    String(component['bom-ref']),
    canonicalize(['name', 'version', 'hashes'].map((key) => component[key] ?? null)),
  ]);
