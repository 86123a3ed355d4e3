import { describe, expect, it } from '@jest/globals';
import { Health } from './health.js';
import { openHttpEndpoints } from './http-endpoints.js';
import { openMeter } from './metrics.js';

const samples = (text: string, name: string): readonly string[] =>
  text.split('\n').filter((line) => line.startsWith(name));

describe('metrics', () => {
  it('are read over HTTP, each with the service it is about', async () => {
    const meter = await openMeter('scheduler');
    meter.count('holdfast_lease_expiries_total', { pool: 'gpu' });
    meter.count('holdfast_lease_expiries_total', { pool: 'gpu' }, 2);
    meter.observe('holdfast_append_seconds', { service: 'registry' }, 0.003);
    const http = await openHttpEndpoints({ host: '127.0.0.1', port: 0 }, new Health(), meter);
    try {
      const response = await fetch(`http://127.0.0.1:${http.port}/metrics`);
      const text = await response.text();
      expect(response.headers.get('content-type')).toContain('text/plain');
      expect(samples(text, 'holdfast_lease')).toEqual([
        'holdfast_lease_expiries_total{pool="gpu",service="scheduler"} 3',
      ]);
      expect(samples(text, 'holdfast_append_seconds_bucket{le="0.005"')).toEqual([
        'holdfast_append_seconds_bucket{le="0.005",service="registry"} 1',
      ]);
      expect(samples(text, 'nodejs_eventloop_lag_p99_seconds')).toHaveLength(1);
    } finally {
      await http.close();
    }
  });

  it('that are gauges are asked for when they are read, and forgotten when nobody tells them', async () => {
    const meter = await openMeter('scheduler');
    let pools = ['gpu', 'cpu'];
    let asked = 0;
    const end = meter.whenRead(async (told) => {
      asked += 1;
      await Promise.resolve();
      for (const pool of pools) told('holdfast_queue_runs', { pool }, 2);
    });
    meter.whenRead(() => Promise.reject(new Error('an engine is away')));
    expect(asked).toBe(0);
    const [one, same] = await Promise.all([meter.read(), meter.read()]);
    expect(same).toBe(one);
    expect(asked).toBe(1);
    expect(samples(one, 'holdfast_queue_runs')).toHaveLength(2);
    pools = ['cpu'];
    expect(samples(await meter.read(), 'holdfast_queue_runs')).toEqual([
      'holdfast_queue_runs{pool="cpu",service="scheduler"} 2',
    ]);
    end();
    expect(samples(await meter.read(), 'holdfast_queue_runs')).toEqual([]);
  });
});

describe('health', () => {
  it('knows every part that was named, and since when it is as it is', () => {
    const health = new Health();
    health.unready('event-store', 'does not answer: STORE_UNAVAILABLE');
    health.ready('registry:read-store');
    expect(health.parts('scheduler')).toEqual([
      { part: 'event-store', because: 'does not answer: STORE_UNAVAILABLE', forMs: expect.any(Number) },
    ]);
    health.ready('event-store');
    expect(health.parts().map(({ part, because }) => [part, because])).toEqual([
      ['event-store', undefined],
      ['registry:read-store', undefined],
    ]);
  });
});
