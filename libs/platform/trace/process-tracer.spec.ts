import { describe, expect, it } from '@jest/globals';
import { DomainError } from '#kernel';
import { spanIdOf, traceIdOf } from '#observability';
import { openTracer, type SpanSink, type StartedSpan } from './process-tracer.js';
import { openScopes, scopeFacts } from './scopes.js';

const [run, other, submitted, claimed] = ['1', '2', '3', '4'].map(
  (digit) => `${digit.repeat(8)}-1111-4111-8111-111111111111`,
) as [string, string, string, string];

function tracing() {
  const spans: (StartedSpan & { ended?: boolean; failure?: string | undefined })[] = [];
  const sink: SpanSink = {
    start(started) {
      const span: (typeof spans)[number] = { ...started };
      spans.push(span);
      return (failure) => Object.assign(span, { ended: true, failure });
    },
    close: () => Promise.resolve(),
  };
  const scopes = openScopes();
  const find = (name: string) => spans.find((span) => span.name === name);
  return { tracer: openTracer(scopes, sink), scopes, spans, find };
}

describe('spans', () => {
  it('of one request are one trace: a call, what it appends, and what that sets off elsewhere', async () => {
    const here = tracing();
    await here.tracer.call({ method: '/s.S/Submit', correlationId: run, isTraced: true }, async (end) => {
      const events = [{ type: 'RunSubmitted', eventId: submitted }];
      await here.tracer.appending(events, { correlationId: run }, () => Promise.resolve());
      end();
    });
    const there = tracing();
    await there.tracer.within({ name: 'react', correlationId: run, causedBy: submitted }, async () => {
      await there.tracer.within({ name: 'inner', correlationId: run }, () => Promise.resolve());
    });
    const [call, event] = here.spans;
    expect(call).toMatchObject({ name: 's.S/Submit', kind: 'server', traceId: traceIdOf(run), ended: true });
    expect(call?.parentSpanId).toBeUndefined();
    expect(event).toMatchObject({ name: 'RunSubmitted', parentSpanId: call?.spanId, ended: true });
    expect(there.find('react')).toMatchObject({ traceId: call?.traceId, parentSpanId: event?.spanId });
    expect(there.find('inner')).toMatchObject({ parentSpanId: there.find('react')?.spanId });
  });

  it('of another request do not hang below what happens to be going on', async () => {
    const { tracer, find } = tracing();
    await tracer.within({ name: 'poll', correlationId: other }, async () => {
      await tracer.within({ name: 'claim', correlationId: run, causedBy: submitted }, () =>
        tracer.appending([{ type: 'RunClaimed', eventId: claimed }], { correlationId: run }, () =>
          Promise.resolve(),
        ),
      );
      await tracer.within({ name: 'alone', correlationId: run }, () => Promise.resolve());
    });
    expect(find('claim')).toMatchObject({ traceId: traceIdOf(run), parentSpanId: spanIdOf(submitted) });
    expect(find('RunClaimed')).toMatchObject({ parentSpanId: find('claim')?.spanId });
    expect(find('alone')?.parentSpanId).toBeUndefined();
  });

  it('end as failed with the code of the error, which goes on; an append that failed is none', async () => {
    const { tracer, spans } = tracing();
    const refused = new DomainError('conflict', 'WRONG_REVISION', 'secret');
    const append = () =>
      tracer.appending([{ type: 'RunClaimed', eventId: claimed }], { correlationId: run }, () =>
        Promise.reject(refused),
      );
    await expect(tracer.within({ name: 'claim', correlationId: run }, append)).rejects.toBe(refused);
    expect(spans).toMatchObject([{ name: 'claim', ended: true, failure: 'WRONG_REVISION' }]);
  });

  it('go along with calls, and where nobody looks the last one that is known of', async () => {
    const { tracer, find } = tracing();
    expect(tracer.passedOn()).toEqual({});
    await tracer.within({ name: 'attempt', correlationId: run }, async () => {
      await Promise.resolve();
      const { traceparent } = tracer.passedOn();
      expect(traceparent).toBe(`00-${traceIdOf(run)}-${find('attempt')?.spanId}-01`);
    });
    const blind = openTracer(openScopes(), undefined);
    await blind.within({ name: 'attempt', correlationId: run, causedBy: claimed }, () => {
      expect(blind.passedOn()['traceparent']).toBe(`00-${traceIdOf(run)}-${spanIdOf(claimed)}-01`);
      return Promise.resolve();
    });
  });

  it('or not: what is logged meanwhile says what it belongs to', async () => {
    const scopes = openScopes();
    const tracer = openTracer(scopes, undefined);
    expect(scopeFacts(scopes)).toEqual({});
    await tracer.call({ method: '/s.S/Beat', correlationId: 'job:7', isTraced: false }, async () => {
      await Promise.resolve();
      expect(scopeFacts(scopes)).toEqual({ correlationId: 'job:7', traceId: traceIdOf('job:7') });
    });
  });
});
