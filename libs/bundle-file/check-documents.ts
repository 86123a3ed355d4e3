import type { Json, JsonObject, Problem } from '#kernel';
import { canonicalize, digestValue, parseJson } from '#evidence';
import { bundlePaths, entryAt } from '#domain/bundle';
import type { Story } from './check-story.js';
import { at, isObject } from './hostile-json.js';
import type { OpenBundle } from './read-bundle.js';
import { found, problem } from './report.js';

const mostBytes = 64 * 2 ** 20;

/** The blueprint and the fingerprint, where they are here, say what manifest and history say of them. */
export async function checkDocuments(bundle: OpenBundle, story: Story): Promise<Problem[]> {
  const checked = (path: string, check: (document: Json) => readonly Problem[]) =>
    found(path, async () => {
      if (entryAt(bundle.core, path) === undefined) return [];
      return check(parseJson(await bundle.bytes(path, mostBytes), { maxBytes: mostBytes, file: path }));
    });
  return [
    ...(await checked(bundlePaths.blueprint, (document) => checkBlueprint(document, story))),
    ...(await checked(bundlePaths.fingerprint, (document) => checkSections(document, story))),
  ];
}

/** Name and rationale: the version is the digest of what was written and of a lock that is not in here. */
function checkBlueprint(document: Json, { manifest: { declared } }: Story): Problem[] {
  const { namespace, name } = declared.blueprint;
  const isIt = at(document, 'blueprint') === `${namespace}/${name}` && at(document, 'why') === declared.why;
  return isIt ? [] : [problem(bundlePaths.blueprint, 'has another name or rationale than the manifest')];
}

/** What the history says of each part of the environment is what stands in the fingerprint. */
function checkSections(document: Json, { events }: Story): Problem[] {
  const sections = at(document, 'sections');
  const due = Object.entries(isObject(sections) ? sections : {}).map(([name, one]) => [
    name,
    digestValue(one),
  ]);
  const said = events.findLast(({ type }) => type === 'RunStarted')?.data['sections'];
  return canonicalize(Object.fromEntries(due) as JsonObject) === canonicalize(said ?? {})
    ? []
    : [problem(bundlePaths.fingerprint, 'does not have the sections that the history says')];
}
