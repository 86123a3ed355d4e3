import { describe, expect, it } from '@jest/globals';
import type { DomainError } from '#kernel';
import { loadConfig } from './load-config.js';
import { placesOf, ServiceConfig } from './service-config.js';
import { Accepts, flag, oneOf, wholeNumber } from './setting.js';

class TestConfig extends ServiceConfig {
  @Accepts(oneOf(['fair', 'first']))
  queueOrder = 'fair';

  @Accepts(flag)
  patient = false;

  @Accepts(wholeNumber(0, 100, 'bytes'))
  keptBytes = 0;
}

const load = (env: Record<string, string>) => {
  const warnings: string[] = [];
  return { config: loadConfig(TestConfig, env, (message) => warnings.push(message)), warnings };
};

describe('configuration', () => {
  it('needs nothing for the embedded mode', () => {
    const { config, warnings } = load({ PATH: '/bin' });
    expect(config).toMatchObject({
      grpcHost: '127.0.0.1',
      grpcPort: 4653,
      queueOrder: 'fair',
      logLevel: 'info',
    });
    expect(config.httpPort).toBeUndefined();
    expect(placesOf(config).eventStore).toEqual({ engine: 'sqlite', at: '.holdfast/events.sqlite' });
    expect(warnings).toEqual([]);
  });

  it('reads the environment, and takes an empty variable for none', () => {
    const { config } = load({
      HOLDFAST_GRPC_PORT: '0',
      HOLDFAST_DATA_DIR: '/srv/h',
      HOLDFAST_EVENT_STORE: 'sqlite:/x/e.db',
      HOLDFAST_HTTP_PORT: '',
      HOLDFAST_QUEUE_ORDER: 'first',
    });
    expect(config).toMatchObject({ grpcPort: 0, queueOrder: 'first' });
    expect(config.httpPort).toBeUndefined();
    expect(placesOf(config)).toMatchObject({
      eventStore: { engine: 'sqlite', at: '/x/e.db' },
      artifactStore: { engine: 'file', at: '/srv/h/artifacts' },
      people: { engine: 'file', at: '/srv/h/people' },
    });
  });

  it('reports every problem at once and repeats no value', () => {
    let error: DomainError | undefined;
    try {
      load({
        HOLDFAST_GRPC_PORT: 'hunter2',
        HOLDFAST_EVENT_STORE: 'postgres://u:hunter2@h',
        HOLDFAST_LOG_LEVEL: 'hunter2',
        HOLDFAST_WRITE_SCHEMA: '1.5',
      });
    } catch (thrown) {
      error = thrown as DomainError;
    }
    expect(error).toMatchObject({ kind: 'invalid', code: 'INVALID_CONFIGURATION' });
    expect(new Set(error?.problems.map(({ field }) => field))).toEqual(
      new Set(['HOLDFAST_GRPC_PORT', 'HOLDFAST_EVENT_STORE', 'HOLDFAST_LOG_LEVEL', 'HOLDFAST_WRITE_SCHEMA']),
    );
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('takes numbers and flags only as they are written', () => {
    expect(load({ HOLDFAST_PATIENT: '1', HOLDFAST_WRITE_SCHEMA: '7' }).config).toMatchObject({
      ...{ patient: true, writeSchema: 7 },
    });
    expect(() => load({ HOLDFAST_PATIENT: 'yes' })).toThrow('must be 1 or 0');
    for (const text of ['0', '-1', '1001', '1.5', ' ', 'x'])
      expect(() => load({ HOLDFAST_WRITE_SCHEMA: text })).toThrow('must be a whole number from 1 to 1000');
    expect(() => load({ HOLDFAST_KEPT_BYTES: '101' })).toThrow(
      'must be a whole number of bytes from 0 to 100',
    );
    expect(load({ HOLDFAST_KEPT_BYTES: '1e1' }).config.keptBytes).toBe(10);
  });

  it('takes every way to write where an engine is, and no other', () => {
    const accepted = [
      [
        'EVENT_STORE',
        'sqlite:x.db',
        'esdb://127.0.0.1:2113?tls=false',
        'esdb+discover://u:p@a.b,c:1/?tls=true',
      ],
      [
        'READ_STORE',
        'sqlite:x.db',
        'mongodb://u:p%40@h:27017,i/holdfast?replicaSet=rs',
        'mongodb+srv://h.example/db',
      ],
      ['MESSAGE_BUS', 'memory:', 'kafka://h:9092,[::1]:9092', 'kafka://u:p@h:9093?tls=true'],
      [
        'ARTIFACT_STORE',
        'file:/srv/a b',
        's3://lab',
        's3://lab/runs?endpoint=https://s3.example:9000&region=x',
      ],
      ['PEOPLE', 'file:/srv/people', 'mongodb://h:27017/lab'],
    ] as const;
    for (const [name, ...texts] of accepted)
      for (const text of texts) expect(() => load({ [`HOLDFAST_${name}`]: text })).not.toThrow();
    const refused = [
      ['EVENT_STORE', 'sqlite:', 'esdb://', 'esdb:h', 'esdb://h:123456', 'esdb://a b', 'mongodb://h'],
      ['READ_STORE', 'mongodb://', 'mongodb://u@h', 'mongodb://h/db#x', 'mongo://h'],
      ['MESSAGE_BUS', 'memory', 'kafka://h', 'kafka://h:1,', 'kafka:h:1', 'kafka://h:1/topic'],
      ['ARTIFACT_STORE', 'file:', 's3://', 's3://ab', 's3://Lab', 's3:lab', 'https://lab'],
      ['PEOPLE', 'file:', 'sqlite:x.db', 'mongodb://', 's3://lab'],
    ] as const;
    for (const [name, ...texts] of refused)
      for (const text of texts) expect(() => load({ [`HOLDFAST_${name}`]: text })).toThrow(/must be .+ or /);
  });

  it('keeps people where all services find them: in MongoDB where read models are, unless told otherwise', () => {
    const readStore = { HOLDFAST_READ_STORE: 'mongodb://h/lab' };
    expect(placesOf(load(readStore).config).people).toEqual({ engine: 'mongodb', at: '//h/lab' });
    const told = { ...readStore, HOLDFAST_PEOPLE: 'file:/srv/people' };
    expect(placesOf(load(told).config).people).toEqual({ engine: 'file', at: '/srv/people' });
  });

  it('knows what a mistyped variable was meant to be', () => {
    const { warnings } = load({
      HOLDFAST_GRPC_PROT: '1',
      HOLDFAST_SERVER: 'x',
      HOLDFAST_NONSENSE_ALTOGETHER: '1',
    });
    expect(warnings).toEqual([
      'HOLDFAST_GRPC_PROT is not a setting of this service; did you mean HOLDFAST_GRPC_PORT?',
      'HOLDFAST_NONSENSE_ALTOGETHER is not a setting of this service',
    ]);
  });
});
