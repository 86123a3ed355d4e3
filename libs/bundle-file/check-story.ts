import { isDomainError, type Digest, type JsonObject, type Problem } from '#kernel';
import { digestBytes, parseJson } from '#evidence';
import { bundlePaths, parseHistory, type HistoryLine } from '#domain/bundle';
import { parseManifest, reproducibilityKey, type Manifest } from '#domain/manifest';
import type { RunEvent } from '#domain/run';
import { checkAdmission } from './check-admission.js';
import { checkDocuments } from './check-documents.js';
import { checkMembers } from './check-members.js';
import { checkPlan } from './check-plan.js';
import { at, isObject, textOf } from './hostile-json.js';
import type { OpenBundle } from './read-bundle.js';
import { problem } from './report.js';

/** What manifest and history say together. */
export interface Story {
  readonly run: string;
  readonly manifest: Manifest;
  readonly manifestDigest: Digest;
  readonly reproducibilityKey: Digest;
  readonly outcome: string;
  /** Who submitted it: a pseudonym; and the release that took it. */
  readonly actor: string;
  readonly release: string;
  readonly events: readonly (HistoryLine & { readonly data: JsonObject; readonly metadata: JsonObject })[];
}

/** As the domain has it, on the word of whoever wrote the history. */
export const eventOf = ({ type, data }: Pick<Story['events'][number], 'type' | 'data'>): RunEvent =>
  ({ ...data, type }) as unknown as RunEvent;

const mostBytes = { manifest: 4 * 2 ** 20, history: 256 * 2 ** 20 } as const;

/** Reads them, and holds each against the other and against the members. */
export async function checkStory(
  bundle: OpenBundle,
): Promise<{ readonly story?: Story; readonly problems: readonly Problem[] }> {
  try {
    const manifestBytes = await bundle.bytes(bundlePaths.manifest, mostBytes.manifest);
    const manifest = parseManifest(manifestBytes);
    const lines = parseHistory(await bundle.bytes(bundlePaths.history, mostBytes.history));
    const events = lines.map((line) => ({ ...line, ...partsOf(line) }));
    const story: Story = {
      run: lines[0]?.stream.slice('run-'.length) ?? '',
      ...{ manifest, manifestDigest: digestBytes(manifestBytes) },
      reproducibilityKey: reproducibilityKey(manifest),
      outcome: (events.at(-1)?.type ?? '').replace(/^Run/, '').toLowerCase(),
      actor: textOf(at(events[0]?.metadata, 'actor', 'id')),
      release: textOf(at(events[0]?.metadata, 'serviceVersion')),
      events,
    };
    return {
      story,
      problems: [
        ...checkAdmission(story),
        ...checkMembers(bundle, story),
        ...(await checkPlan(bundle, story)),
        ...(await checkDocuments(bundle, story)),
      ],
    };
  } catch (error) {
    const { message } = error as Error;
    const all = isDomainError(error) ? error.problems : [];
    return {
      problems:
        all.length > 0
          ? all.map((one) => problem(one.field, one.message, one.found))
          : [problem('', message)],
    };
  }
}

function partsOf({ envelope, revision }: HistoryLine): Record<'data' | 'metadata', JsonObject> {
  const file = `${bundlePaths.history} line ${revision + 1}`;
  const event = parseJson(envelope, { file });
  const [data, metadata] = [at(event, 'data'), at(event, 'metadata')];
  if (!isObject(data) || !isObject(metadata)) throw new Error(`${file}: holds what is no event`);
  return { data, metadata };
}
