import type { Json, JsonObject, Problem } from '#kernel';
import { canonicalize } from '#evidence';
import { bundlePaths } from '#domain/bundle';
import { stepOrder } from '#domain/manifest';
import type { Story } from './check-story.js';
import { problem } from './report.js';

const begins = ['RunSubmitted', 'RunAdmitted'];
const ends = ['RunCompleted', 'RunFailed', 'RunCancelled'];

/** The history is of one run, from one submission and its admission to its one end, and of the run that the manifest is of. */
export function checkAdmission(story: Story): Problem[] {
  const { events } = story;
  const [submitted, admitted] = events.map(({ data }) => data);
  const places = (types: readonly string[]) =>
    events.flatMap(({ type }, i) => (types.includes(type) ? [i] : [])).join();
  const isBegun = places(begins) === '0,1' && begins.every((type, i) => events[i]?.type === type);
  const isOne = events.every(({ stream }) => stream === events[0]?.stream && stream.startsWith('run-'));
  const { asSubmitted, asAdmitted } = dueOf(story);
  return [
    ...(isBegun ? [] : ['does not begin with one submission and its admission']),
    ...(isOne ? [] : ['is not of one run']),
    ...otherwise('submitted', submitted, asSubmitted),
    ...otherwise('admitted', admitted, asAdmitted),
    ...(places(ends) === String(events.length - 1)
      ? []
      : ['does not reach the end of the run, or goes beyond it']),
  ].map((message) => problem(bundlePaths.history, message));
}

function otherwise(how: string, said: JsonObject | undefined, due: Readonly<Record<string, Json>>): string[] {
  const wrong = Object.keys(due).filter(
    (key) => canonicalize(said?.[key] ?? null) !== canonicalize(due[key] ?? null),
  );
  return wrong.length === 0
    ? []
    : [`the run was ${how} with something else than the manifest: ${wrong.join(', ')}`];
}

/** What submission and admission say of the manifest. */
function dueOf({
  manifest,
  manifestDigest,
  reproducibilityKey,
}: Story): Record<'asSubmitted' | 'asAdmitted', Record<string, Json>> {
  const { declared, pinned } = manifest;
  const { namespace, name, version } = declared.blueprint;
  return {
    asSubmitted: { blueprint: { name: `${namespace}/${name}`, version }, knobs: pinned.knobs },
    asAdmitted: {
      ...{ manifest: manifestDigest, reproducibilityKey, retry: declared.retry },
      stepsTotal: stepOrder(manifest).length,
    },
  };
}
