import type { Problem } from '#kernel';
import { treeDigest, type Tree, type TreeEntry } from '#evidence';
import { bundlePaths, descriptionPaths, entriesBelow } from '#domain/bundle';
import type { Story } from './check-story.js';
import { at } from './hostile-json.js';
import type { OpenBundle } from './read-bundle.js';
import { problem } from './report.js';
import { reportedSteps, type ReportedStep } from './reported-steps.js';

const { manifest, history, blueprint, approvals, fingerprint, folds, code } = bundlePaths;
const { crate, sbom, prov, openlineage, attestations } = descriptionPaths;

/**
 * Every member of the core is what manifest and history say, and there is none beside: the code is the tree that the manifest pins; folds and
 * fingerprint are those with which the last attempt started; outputs and logs are those that its steps have reported.
 */
export function checkMembers({ core }: Pick<OpenBundle, 'core'>, story: Story): Problem[] {
  const members: Members = {
    core,
    left: new Map(core.entries.map((entry) => [entry.path, entry])),
    folders: new Set(),
  };
  // Of what they are others tell: the admission, the approvals, the crate and the statements.
  for (const path of [manifest, history, blueprint, approvals, crate, sbom, prov, openlineage, attestations])
    members.left.delete(path);
  return [
    ...checkTree(members, code, story.manifest.pinned.code.tree, 'the manifest pins'),
    ...checkStart(members, story),
    ...reportedSteps(story.events).flatMap((step) => checkStep(members, step)),
    ...[...members.left.keys()].map((path) =>
      problem(path, 'is a member of which manifest and history say nothing'),
    ),
  ];
}

/** What is left of the members: each is told of once. */
interface Members {
  readonly core: Tree;
  readonly left: Map<string, TreeEntry>;
  readonly folders: Set<string>;
}

/** Takes a file out, which must have this digest, or not be there when nothing is said of it. */
function checkFile({ left }: Members, path: string, digest: unknown, source: string): Problem[] {
  const found = left.get(path)?.digest;
  left.delete(path);
  return found === digest ? [] : [problem(path, `is not what ${source}`, found)];
}

/** Takes out what is below a folder, which must be this tree. */
function checkTree(members: Members, folder: string, digest: unknown, source: string): Problem[] {
  const { core, left, folders } = members;
  if (folders.has(folder)) return [problem(folder, 'is told of twice')];
  folders.add(folder);
  const entries = entriesBelow(core, folder)
    .filter(({ path }) => left.delete(path))
    .map((entry) => ({ ...entry, path: entry.path.slice(folder.length + 1) }));
  const found = treeDigest({ entries });
  return found === digest ? [] : [problem(folder, `is not what ${source}`, found)];
}

function checkStart(members: Members, { events }: Story): Problem[] {
  const started = events.findLast(({ type }) => type === 'RunStarted')?.data;
  const source = 'the history says that the run started with';
  return [
    ...checkFile(members, fingerprint, started?.['fingerprint'], source),
    ...checkFile(members, folds, started?.['folds'], source),
  ];
}

function checkStep(members: Members, { folder, data, written }: ReportedStep): Problem[] {
  const source = 'the history says the step wrote';
  const checked = (below: 'outputs' | 'undeclared') =>
    written(below).flatMap(({ kind, path, digest }) =>
      (kind === 'tree' ? checkTree : checkFile)(members, path, digest, source),
    );
  const log = (key: string, name: string) =>
    checkFile(members, `${folder}/${name}`, at(data, key, 'digest'), source);
  return [
    ...checked('outputs'),
    ...checked('undeclared'),
    ...log('stdout', 'stdout'),
    ...log('stderr', 'stderr'),
    ...log('metrics', 'metrics.jsonl'),
  ];
}
