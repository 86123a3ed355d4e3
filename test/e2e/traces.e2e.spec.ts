import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { streamId, systemClock } from '#kernel';
import { decodeEnvelope } from '#contracts/stored';
import { spanIdOf, traceIdOf } from '#observability';
import { appended } from '../support/appended.js';
import { declare, ended, submit, type Experiment } from '../support/experiment.js';
import { startOtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.js';
import { startApart } from '../support/start-apart.js';

const endpoint = 'OTEL_EXPORTER_OTLP_ENDPOINT';
/** How often what has ended is sent, in milliseconds. */
const schedule = 'OTEL_BSP_SCHEDULE_DELAY';
let receiver: Awaited<ReturnType<typeof startOtlpReceiver>>;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  process.env[endpoint] = receiver.url;
  process.env[schedule] = '200';
});
afterEach(async () => {
  delete process.env[endpoint];
  delete process.env[schedule];
  await receiver.close();
});

const experiment: Experiment = {
  namespace: 'traced',
  name: 'two-steps',
  files: { 'one.sh': '#!/bin/sh\necho x > outputs/x\n' },
  blueprint: {
    steps: {
      first: { run: ['./one.sh'], out: { x: 'x' } },
      second: { run: ['./one.sh'], in: { x: 'first.x' }, out: { x: 'x' } },
    },
  },
};

/** Names from a span up to the beginning of its trace. */
function pathOf(span: ReceivedSpan | undefined, spans: readonly ReceivedSpan[]): readonly string[] {
  if (span === undefined) return ['(missing)'];
  const { service, name, parentSpanId = '' } = span;
  const here = `${service} ${name}`;
  if (parentSpanId === '') return [here];
  return [
    here,
    ...pathOf(
      spans.find(({ spanId }) => spanId === parentSpanId),
      spans,
    ),
  ];
}

const ofTrace = (correlationId: string): readonly ReceivedSpan[] =>
  receiver.spans.filter(({ traceId }) => traceId === traceIdOf(correlationId));

/** Both ends of it are there, and all between. */
const isWhole = (spans: readonly ReceivedSpan[]): boolean =>
  ['step second', 'BundleSealed'].every((wanted) => spans.some(({ name }) => name === wanted)) &&
  spans.every((span) => !pathOf(span, spans).includes('(missing)'));

describe('a run on services of their own', () => {
  it('is one trace from submit to bundle, by nothing but what events say anyway', async () => {
    const system = await startApart();
    let runId: string;
    let correlationId: string;
    let sealed: string | undefined;
    try {
      await declare(system, experiment);
      const run = await ended(system, await submit(system, experiment));
      expect(run.status).toBe('RUN_STATUS_COMPLETED');
      runId = run.id;
      await appended(system, streamId('bundle', run.id), 'BundleSealed');
      const streams = [streamId('run', run.id), streamId('bundle', run.id)];
      const events = await Promise.all(
        streams.map(async (stream) => (await Array.fromAsync(system.eventStore.readStream(stream))).flat()),
      );
      const all = events.flat();
      correlationId = decodeEnvelope(all[0]?.bytes ?? new Uint8Array()).metadata.correlationId;
      sealed = all.find(({ type }) => type === 'BundleSealed')?.eventId;
      // What is not sent when it is closed is given only a moment.
      while (!isWhole(ofTrace(correlationId))) await systemClock.sleep(20);
    } finally {
      await system.close();
    }
    const spans = ofTrace(correlationId);
    const one = (name: string) => spans.find((span) => span.name === name);
    const services = [...new Set(spans.map(({ service }) => service))];
    expect(services).toEqual(expect.arrayContaining(['scheduler', 'registry', 'executor', 'provenance']));
    expect(one('BundleSealed')?.spanId).toBe(spanIdOf(sealed ?? ''));
    expect(pathOf(one('step second'), spans)).toEqual([
      ...['executor step second', 'executor attempt', 'scheduler RunClaimed', 'scheduler claim'],
      ...['scheduler RunAdmitted', 'scheduler holdfast.scheduler.v1.Scheduler/SubmitRun'],
    ]);
    const sealing = pathOf(one('BundleSealed'), spans);
    expect(sealing.slice(0, 4)).toEqual([
      ...['provenance BundleSealed', 'provenance seal-bundles', 'scheduler RunCompleted'],
      'scheduler holdfast.scheduler.v1.Scheduler/ReportAttempt',
    ]);
    expect(sealing.at(-1)).toBe('scheduler holdfast.scheduler.v1.Scheduler/SubmitRun');
    // Whatever hangs below something hangs below something that was sent, and nobody's polling is in it.
    expect(spans.map((span) => pathOf(span, spans)).filter((path) => path.includes('(missing)'))).toEqual([]);
    expect(receiver.spans.filter(({ name }) => /Heartbeat|ClaimNext|JoinPool/.test(name))).toEqual([]);
    expect(JSON.stringify(receiver.spans)).toContain(runId);
  });
});
