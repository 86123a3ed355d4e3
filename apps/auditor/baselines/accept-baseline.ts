import { assertNoProblems, streamUuid, type Digest, type Problem, type StreamId } from '#kernel';
import type { auditor as proto } from '#contracts';
import { baselineStream, maxAcceptedRuns, type BaselineCommand } from '#domain/baseline';
import { grammars } from '#domain/declaration';
import { parseManifest } from '#domain/manifest';
import type { CallContext } from '#platform';
import { carriedOut, withReason } from '#runtime';
import { commandContext, reasonProblems } from '#service';
import type { Auditor } from '../auditor.js';
import { blueprintName, blueprintNameProblems } from '../blueprint-name.js';
import type { RunDocument } from '../runs.projection.js';
import { toBaseline } from './baseline.mapper.js';
import { baselineProjection } from './baseline.projection.js';
import { chooseRuns } from './choose-runs.js';

const noTolerance = { abs: 0, rel: 0 };

/**
 * Accepts the results of completed runs; the tolerance is what the reference's manifest declares for the metric, 0 where it
 * declares none.
 * @throws BASELINE_INVALID with every problem of the request, then of the runs
 */
export async function acceptBaseline(
  auditor: Auditor,
  request: proto.AcceptBaselineRequest,
  context: CallContext,
): Promise<proto.AcceptBaselineResponse> {
  const { metric } = request;
  const channel = request.channel === '' ? 'dev' : request.channel;
  const name = blueprintName(request.blueprint, request.namespace);
  const { namespace, blueprint } = name;
  assertNoProblems(
    [...blueprintNameProblems(name), ...shapeProblems(channel, request), ...reasonProblems(request.reason)],
    'BASELINE_INVALID',
  );
  const stream = baselineStream(namespace, blueprint, channel, metric);
  await auditor.upToDate(context, ['runs', 'baselines']);
  const earlier = await answerTo(auditor, stream, context);
  // What `runs` means may have moved since this command was carried out; its answer has not.
  if (earlier.changed && request.runs.length === 0 && earlier.baseline?.reason === request.reason)
    return earlier;
  const { runs, reference, problems } = await chooseRuns(auditor.views.runs, name, request);
  const measured = runs.map((run) => ({ run: run.id, value: valueOf(run, metric) }));
  assertNoProblems(
    [...problems, ...measured.flatMap(({ run, value }) => unmeasured(run, metric, value, runs))],
    'BASELINE_INVALID',
  );
  if (reference === undefined) throw new Error('runs without problems have a reference');
  const manifest = reference.manifest as Digest;
  const { declared } = parseManifest(await auditor.runtime.engines.artifacts.read(manifest));
  const command: BaselineCommand = {
    type: 'AcceptBaseline',
    ...{ namespace, blueprint, channel, metric },
    runs: measured as { run: string; value: number }[],
    reference: { run: reference.id, manifest },
    tolerance: Object.hasOwn(declared.metrics, metric)
      ? (declared.metrics[metric]?.tolerance ?? noTolerance)
      : noTolerance,
    at: context.receivedAt,
  };
  await auditor.baselines.execute(stream, command, commandContext(context, request.reason));
  return answerTo(auditor, stream, context);
}

async function answerTo(
  { runtime, views }: Auditor,
  stream: StreamId,
  { commandId }: CallContext,
): Promise<proto.AcceptBaselineResponse & { readonly changed: boolean }> {
  const { eventStore } = runtime.engines;
  const { documents, changed, position } = await carriedOut(
    eventStore,
    baselineProjection,
    stream,
    commandId,
  );
  const [accepted] = documents;
  // As it was when this command accepted it; where it only found it, with what was compared since.
  const known = changed ? undefined : await views.baselines.get(streamUuid(stream));
  const baseline =
    accepted &&
    toBaseline({ ...(await withReason(runtime.people, accepted)), tallies: known?.tallies ?? {} });
  return { baseline, changed, position };
}

const channels = ['dev', 'staging', 'production'];

function shapeProblems(channel: string, { metric, runs }: proto.AcceptBaselineRequest): readonly Problem[] {
  const { code, pattern, rule, fix } = grammars.metricName;
  return [
    ...(channels.includes(channel)
      ? []
      : [
          {
            code: 'CHANNEL_UNKNOWN',
            field: 'channel',
            message: `is one of ${channels.join(', ')}`,
            found: channel.slice(0, 120),
            fix: 'choose one',
          },
        ]),
    ...(pattern.test(metric)
      ? []
      : [{ code, field: 'metric', message: rule, found: metric.slice(0, 120), fix }]),
    ...(runs.length > maxAcceptedRuns
      ? [{ code: 'TOO_MANY', field: 'runs', message: `at most ${maxAcceptedRuns}`, fix: 'name fewer' }]
      : []),
  ];
}

const valueOf = ({ metrics }: RunDocument, metric: string): number | undefined =>
  metrics.find(({ name }) => name === metric)?.value;

function unmeasured(
  id: string,
  metric: string,
  value: number | undefined,
  runs: readonly RunDocument[],
): readonly Problem[] {
  if (value !== undefined) return [];
  const names = runs.find((run) => run.id === id)?.metrics.map(({ name }) => name) ?? [];
  const message = `run ${id} has no metric ${metric}`;
  const fix =
    names.length === 0 ? 'leave it out' : `leave it out, or take one of ${names.slice(0, 20).join(', ')}`;
  return [{ code: 'METRIC_MISSING', field: 'runs', message, fix }];
}
