import { describe, expect, it } from '@jest/globals';
import type { Message } from '#message-bus';
import { openTelemetry, telemetryTopic } from './telemetry.js';

const instance = (fold: number | null) => ({ id: 'train', step: 'train', fold, needs: [] });

describe('live output', () => {
  it('is published in pieces of at most 64 KiB, with where they come from and stood', async () => {
    const sent: [string, readonly Message[]][] = [];
    const telemetry = openTelemetry({
      publish: (topic, messages) => Promise.resolve(void sent.push([topic, messages])),
    });
    telemetry.of('r', instance(2))({ stream: 'stdout', bytes: Buffer.alloc(100_000, 'x') });
    await new Promise((resolve) => setImmediate(resolve));
    const messages = sent.flatMap(([, batch]) => batch);
    expect(sent[0]?.[0]).toBe(telemetryTopic);
    expect(messages.map(({ value }) => value.length)).toEqual([65_536, 34_464]);
    expect(messages[0]).toMatchObject({
      key: 'run-r',
      headers: { run: 'r', step: 'train', fold: '2', channel: 'stdout', offset: '0' },
    });
    expect(messages[1]?.headers['offset']).toBe('65536');
  });

  it('is lost rather than waited for when the bus takes nothing, and goes on when it does again', async () => {
    let bus = Promise.withResolvers<void>();
    let bytes = 0;
    const telemetry = openTelemetry({
      publish(_, messages) {
        bytes += messages.reduce((sum, { value }) => sum + value.length, 0);
        return bus.promise;
      },
    });
    const piece = { stream: 'stderr', bytes: Buffer.alloc(60_000) } as const;
    const show = telemetry.of('r', instance(null));
    for (let i = 0; i < 1_000; i++) show(piece);
    bus.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(bytes).toBeGreaterThan(900_000);
    expect(bytes).toBeLessThanOrEqual(1_048_576);
    bus = Promise.withResolvers();
    bus.reject(new Error('the bus is gone'));
    show(piece);
    await new Promise((resolve) => setImmediate(resolve));
    show(piece);
    expect(bytes).toBeLessThanOrEqual(1_048_576 + 120_000);
  });
});
