import type { Digest, JsonObject, Problem } from '#kernel';
import { canonicalize, digestBytes, digestValue, parseJson } from '#evidence';
import { bundlePaths, parseHistory, type HistoryLine } from '#domain/bundle';
import { checkMembers } from './check-members.js';
import { at, isObject } from './hostile-json.js';
import type { OpenBundle } from './read-bundle.js';
import { problem } from './report.js';

/** What manifest and history say together. */
export interface Story {
  readonly run: string;
  readonly manifest: JsonObject;
  readonly manifestDigest: Digest;
  readonly reproducibilityKey: Digest;
  readonly outcome: string;
  /** Who submitted it: a pseudonym. */
  readonly actor: string;
  readonly events: readonly (HistoryLine & { readonly data: JsonObject })[];
}

const mostBytes = { manifest: 4 * 2 ** 20, history: 256 * 2 ** 20 } as const;
const ends = ['RunCompleted', 'RunFailed', 'RunCancelled'];

/** Reads them, and holds each against the other and against the members. */
export async function checkStory(
  bundle: OpenBundle,
): Promise<{ readonly story?: Story; readonly problems: readonly Problem[] }> {
  try {
    const manifestBytes = await bundle.bytes(bundlePaths.manifest, mostBytes.manifest);
    const manifest = parseJson(manifestBytes, { file: bundlePaths.manifest });
    if (!isObject(manifest) || !isObject(manifest['pinned'])) throw new Error('manifest.json is no manifest');
    const lines = parseHistory(await bundle.bytes(bundlePaths.history, mostBytes.history));
    const events = lines.map((line) => ({ ...line, ...partsOf(line) }));
    const story: Story = {
      run: lines[0]?.stream.slice('run-'.length) ?? '',
      ...{ manifest, manifestDigest: digestBytes(manifestBytes) },
      reproducibilityKey: digestValue(manifest['pinned']),
      outcome: (events.at(-1)?.type ?? '').replace(/^Run/, '').toLowerCase(),
      actor: String(at(events[0]?.metadata, 'actor', 'id')),
      events,
    };
    const canonical = canonicalize(manifest) === new TextDecoder().decode(manifestBytes);
    return {
      story,
      problems: [
        ...(canonical ? [] : [problem(bundlePaths.manifest, 'is not canonical')]),
        ...checkAdmission(story),
        ...checkMembers(bundle, story),
      ],
    };
  } catch (error) {
    return { problems: [problem('', (error as Error).message)] };
  }
}

function checkAdmission({ events, manifestDigest, reproducibilityKey }: Story): Problem[] {
  const admitted = events.find(({ type }) => type === 'RunAdmitted')?.data;
  const problems: Problem[] = [];
  if (events.some(({ stream }) => stream !== events[0]?.stream) || !/^run-/.test(events[0]?.stream ?? ''))
    problems.push(problem(bundlePaths.history, 'is not of one run'));
  if (admitted?.['manifest'] !== manifestDigest)
    problems.push(problem(bundlePaths.history, 'the run was admitted with another manifest'));
  if (admitted?.['reproducibilityKey'] !== reproducibilityKey)
    problems.push(problem(bundlePaths.manifest, 'its reproducibility key is not the one admitted'));
  if (events.findIndex(({ type }) => ends.includes(type)) !== events.length - 1 || events.length === 0)
    problems.push(problem(bundlePaths.history, 'does not reach the end of the run, or goes beyond it'));
  return problems;
}

function partsOf({ envelope, revision }: HistoryLine): Record<'data' | 'metadata', JsonObject> {
  const file = `${bundlePaths.history} line ${revision + 1}`;
  const event = parseJson(envelope, { file });
  const [data, metadata] = [at(event, 'data'), at(event, 'metadata')];
  if (!isObject(data) || !isObject(metadata)) throw new Error(`${file}: holds what is no event`);
  return { data, metadata };
}
