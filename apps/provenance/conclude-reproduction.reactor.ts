import { formatProblem, streamUuid } from '#kernel';
import { runCodec } from '#contracts/stored';
import { compareResults, differingSections, judge, resultOf } from '#domain/comparison';
import type { RunEvent } from '#domain/run';
import type { ReproductionCommand } from '#domain/reproduction';
import { positionToken, type Reactor } from '#runtime';
import { explainResults } from './explain-results.js';
import { setOffBy, type Provenance } from './provenance.js';
import { reproductionStream } from './reproduce.js';
import { manifestOf, readRun, runStream, terminalTypes, type RunHistory } from './run-history.js';

/** Compares a repeated run with its original as soon as it has ended, and records the verdict. */
export const concludeReproduction = (provenance: Provenance): Reactor => ({
  name: 'conclude-reproductions',
  kinds: ['run'],
  types: [...terminalTypes, 'RunRejected'],
  ...{ atOnce: 8, restMs: 20 },
  async handle(event) {
    const run = streamUuid(event.stream);
    if (!(await saysItRepeats(provenance, run))) return;
    const id = await reproductionOf(provenance, run);
    // Anybody may say that a run repeats another; only ours are concluded here.
    if (id === undefined) return;
    const stream = reproductionStream(id);
    const { state } = await provenance.reproductions.load(stream);
    if (state.status !== 'running') return;
    const conclusion = await concluded(provenance, state.originalRun, await readRun(provenance, run));
    await provenance.reproductions.execute(
      stream,
      { type: 'ConcludeReproduction', ...conclusion, at: provenance.clock.now() },
      setOffBy(provenance, event),
    );
  },
});

/** Read from its first event alone. */
async function saysItRepeats({ runtime }: Provenance, run: string): Promise<boolean> {
  for await (const [first] of runtime.engines.eventStore.readStream(runStream(run), { limit: 1 })) {
    if (first === undefined) continue;
    const { event } = runCodec.decode(first.type, first.bytes);
    return event.type === 'RunSubmitted' && event.reproductionOf !== undefined;
  }
  return false;
}

/** The reproduction that was recorded before this run was asked for. */
async function reproductionOf({ runtime, views }: Provenance, run: string): Promise<string | undefined> {
  const minPosition = positionToken(await runtime.engines.eventStore.head());
  await runtime.reached({ minPosition, projections: ['reproductions'] });
  const [found] = await views.reproductions.query({
    where: [{ field: 'repeatedRun', is: run }],
    limit: 1,
  });
  return found?.id;
}

type Conclusion = Omit<Extract<ReproductionCommand, { type: 'ConcludeReproduction' }>, 'type' | 'at'>;

async function concluded(
  provenance: Provenance,
  originalRun: string,
  repeated: RunHistory,
): Promise<Conclusion> {
  const notRun = whyNotRun(repeated);
  if (notRun !== undefined) return { verdict: 'not-run', differences: [], remarks: [notRun] };
  const original = await readRun(provenance, originalRun);
  const { manifest } = await manifestOf(provenance, original);
  const [a, b] = [resultOf(original.events, manifest), resultOf(repeated.events, manifest)];
  const comparison = compareResults(a, b);
  const tolerances = Object.fromEntries(
    Object.entries(manifest.declared.metrics).map(([name, { tolerance }]) => [name, tolerance]),
  );
  const { artifacts } = provenance.runtime.engines;
  return {
    verdict: judge(a, b, comparison, tolerances),
    differences: await explainResults(artifacts, comparison.differences, [a, b]),
    remarks: remarksOn(original, repeated),
  };
}

function whyNotRun({ run, terminal, events }: RunHistory): string | undefined {
  if (terminal?.event.type === 'RunCompleted') return undefined;
  if (terminal?.event.type === 'RunFailed') {
    const { class: failureClass, message } = terminal.event.failure;
    return `the repeated run ${run} failed: ${failureClass}: ${message}`.slice(0, 1000);
  }
  if (terminal?.event.type === 'RunCancelled') return `the repeated run ${run} was cancelled`;
  const rejected = events.find((event) => event.type === 'RunRejected');
  const first = rejected?.problems[0];
  return `the repeated run ${run} was refused${first ? `: ${formatProblem(first)}` : ''}`.slice(0, 1000);
}

/** What a verdict does not say by itself. */
function remarksOn(original: RunHistory, repeated: RunHistory): string[] {
  const [a, b] = [startOf(original), startOf(repeated)];
  const those = (is: (start: typeof a) => boolean | undefined) =>
    [...(is(a) ? ['original'] : []), ...(is(b) ? ['repeated'] : [])].join(' and the ');
  const open = those((start) => start?.hostNotIsolated);
  const asServer = those((start) => start?.hostNotIsolated && start.isolation['ownUid'] === true);
  const sections = a && b ? differingSections(a, b) : [];
  return [
    ...(open === ''
      ? []
      : [`the host was not isolated in the ${open} run: what lies around may have reached it`]),
    ...(asServer === ''
      ? []
      : [`steps had the server's own user in the ${asServer} run: they could change what it can`]),
    ...(sections.length === 0 ? [] : [`the environments differ in ${sections.join(', ')}`]),
  ];
}

/** Of the attempt that counts. */
export const startOf = ({ events }: RunHistory): Extract<RunEvent, { type: 'RunStarted' }> | undefined =>
  events.findLast((event) => event.type === 'RunStarted');
