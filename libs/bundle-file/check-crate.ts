import type { Json, JsonObject, Problem } from '#kernel';
import { descriptionPaths } from '#domain/bundle';
import type { Story } from './check-story.js';
import { at, objectsIn, textOf } from './hostile-json.js';
import type { OpenBundle } from './read-bundle.js';
import { problem } from './report.js';
import { describedAs, reportedSteps } from './reported-steps.js';

const { crate, attestations } = descriptionPaths;

/** The crate must tell of this run, of this end, of each of these files and of no other, and of what the manifest pins. */
export function checkCrate(bundle: Pick<OpenBundle, 'core'>, story: Story, document: Json): Problem[] {
  const graph = objectsIn(at(document, '@graph'));
  return [...checkValues(story, graph), ...checkActions(story, graph), ...checkFiles(bundle, graph)].map(
    ([field, message]) => problem(`${crate}: ${field}`, message),
  );
}

type Wrong = readonly [field: string, message: string];

function checkValues({ run, outcome, manifest, actor }: Story, graph: readonly JsonObject[]): Wrong[] {
  const entities = new Map(graph.map((entity) => [textOf(entity['@id']), entity]));
  const wrong: Wrong[] = [];
  if (entities.get('./')?.['identifier'] !== `urn:uuid:${run}`) wrong.push(['./', 'is about another run']);
  const whole = entities.get(`#run/${run}`);
  if (isCompleted(whole) !== (outcome === 'completed'))
    wrong.push([`#run/${run}`, `ended otherwise than the history says (${outcome})`]);
  if (at(whole, 'agent', '@id') !== `urn:uuid:${actor}`)
    wrong.push([`#run/${run}`, 'was submitted by somebody else, the history says']);
  const { knobs, seed, environment } = manifest.pinned;
  const values = new Map<string, string>([
    ...Object.entries(knobs).map(([name, value]) => [`#knob/${name}`, String(value)] as const),
    ['#seed', String(seed.root)],
  ]);
  for (const [id, value] of values)
    if (entities.get(id)?.['value'] !== value) wrong.push([id, 'is not what the manifest pins']);
  for (const id of entities.keys())
    if (id.startsWith('#knob/') && !values.has(id)) wrong.push([id, 'is nothing that the manifest pins']);
  if (entities.get('#environment')?.['identifier'] !== environment.digest)
    wrong.push(['#environment', 'is not what the manifest pins']);
  return wrong;
}

/** Each process is one action, which ended and gave what the history says. */
function checkActions({ events }: Story, graph: readonly JsonObject[]): Wrong[] {
  const actions = new Map(graph.map((entity) => [unescaped(textOf(entity['@id'])), entity]));
  return reportedSteps(events).flatMap((step): Wrong[] => {
    const id = `#action/${step.folder}`;
    const action = actions.get(id);
    const due = step.written('outputs').map(describedAs);
    const told = [action?.['result'] ?? []].flat().map((one) => unescaped(textOf(at(one as Json, '@id'))));
    return [
      ...(isCompleted(action) === step.isCompleted
        ? []
        : [[id, 'ended otherwise than the history says'] as const]),
      ...(told.join('\n') === due.join('\n')
        ? []
        : [[id, 'gave other files than the history says'] as const]),
    ];
  });
}

const isCompleted = (action: JsonObject | undefined): boolean =>
  textOf(action?.['actionStatus']).endsWith('/CompletedActionStatus');

function unescaped(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

function checkFiles({ core }: Pick<OpenBundle, 'core'>, graph: readonly JsonObject[]): Wrong[] {
  const wrong: Wrong[] = [];
  const root = graph.find((entity) => entity['@id'] === './');
  const parts = new Set(objectsIn(root?.['hasPart']).map((part) => part['@id']));
  const unnamed = new Map(
    core.entries.filter(({ target }) => target === undefined).map((entry) => [entry.path, entry]),
  );
  for (const entity of graph) {
    const path = pathOf(textOf(entity['@id']));
    if (path === undefined || typeof entity['sha256'] !== 'string') continue;
    const entry = unnamed.get(path);
    unnamed.delete(path);
    if (entry === undefined) wrong.push([path, 'is no member of the bundle, or named twice']);
    else if (
      entry.digest !== `sha256:${entity['sha256']}` ||
      String(entry.sizeBytes) !== entity['contentSize']
    )
      wrong.push([path, 'is another file than the member of that name']);
    else if (!parts.has(entity['@id'] as string)) wrong.push([path, 'is no part of the crate']);
  }
  for (const path of unnamed.keys())
    if (path !== crate && path !== attestations)
      wrong.push([path, 'is a member that the crate does not name']);
  return wrong;
}

/** Undefined for what is no file of the crate. */
function pathOf(id: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(id) || id.startsWith('#') || id === './') return undefined;
  return decodeURIComponent(id);
}
