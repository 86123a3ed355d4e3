import { describe, expect, it } from '@jest/globals';
import type { common } from '#contracts';
import { formatVerifierKey } from '#evidence';
import type { ServiceName } from '#rpc';
import {
  isOneProcess,
  partFindings,
  queueFindings,
  reactorFindings,
  signingKeyFindings,
  type Diagnoses,
} from './check-parts.js';

const saying = (said: Partial<Record<ServiceName, Partial<common.Diagnosis>>>): Diagnoses =>
  new Map(
    Object.entries(said).map(([service, diagnosis]) => [
      service as ServiceName,
      { version: '1', parts: [], reactors: [], pools: [], ...diagnosis },
    ]),
  );
const part = (name: string, engine: string, because = ''): common.PartStatus => ({
  ...{ part: name, engine, because, ready: because === '', forMs: 61_000 },
});

describe('parts of services', () => {
  it('are well when every engine answers', () => {
    const engines = [
      part('event-store', 'esdb'),
      part('registry:read-store', 'mongodb'),
      part('process', ''),
    ];
    expect(partFindings(saying({ registry: { parts: engines } }))).toEqual([
      { check: 'engines', level: 'ok', found: 'event-store (esdb), read-store (mongodb) answer' },
    ]);
    expect(partFindings(saying({}))).toEqual([]);
    const bus = (engine: string) => saying({ scheduler: { parts: [part('message-bus', engine)] } });
    expect([isOneProcess(bus('memory')), isOneProcess(bus('kafka'))]).toEqual([true, false]);
  });

  it('are one finding for each that is away, however many need it, with the setting to mend', () => {
    const away = part('message-bus', 'kafka', 'does not answer: BUS_UNAVAILABLE');
    const findings = partFindings(
      saying({
        scheduler: { parts: [away, part('event-store', 'esdb')] },
        executor: { parts: [away, part('executor:pool', '', 'not ready yet: pool gpu')] },
      }),
    );
    expect(findings).toMatchObject([
      {
        level: 'fail',
        found:
          'message-bus (kafka) does not answer: BUS_UNAVAILABLE, for 1 min 1 s; needed by scheduler, executor',
        fix: expect.stringContaining('HOLDFAST_MESSAGE_BUS'),
      },
      { level: 'warn', check: 'executor:pool', fix: expect.stringContaining('log') },
    ]);
  });
});

describe('what follows events', () => {
  const reactor = (more: Partial<common.ReactorStatus>): common.ReactorStatus => ({
    ...{ name: 'relay:t', lagEvents: 0, lagSeconds: 0, failing: undefined, ...more },
  });

  it('is a finding when it fails or is far behind, not when another instance does it', () => {
    const reactors = [
      reactor({}),
      reactor({ lagEvents: undefined, lagSeconds: undefined }),
      reactor({ lagEvents: 5, lagSeconds: 59 }),
      reactor({ lagEvents: 5, lagSeconds: 600 }),
      reactor({ failing: 'BUS_UNAVAILABLE: no broker', lagEvents: 2, lagSeconds: 3 }),
    ];
    const findings = reactorFindings(saying({ provenance: { reactors } }));
    expect(findings.map(({ level, found }) => [level, found])).toEqual([
      ['warn', 'provenance/relay:t is 5 events behind, the oldest of 10 min 0 s ago'],
      [
        'warn',
        'provenance/relay:t fails: BUS_UNAVAILABLE: no broker; 2 events behind, the oldest of 3 s ago',
      ],
    ]);
  });
});

describe('the signing key', () => {
  const [one, other] = [1, 2].map((byte) => formatVerifierKey('lab', Buffer.alloc(32, byte)));
  const renamed = formatVerifierKey('log', Buffer.alloc(32, 1));
  const found = (ofBundles?: string, ofLog?: string) =>
    signingKeyFindings(saying({ provenance: { signingKey: ofBundles }, auditor: { signingKey: ofLog } }));

  it('is one for bundles and log, by whatever name, or a finding', () => {
    expect(found(one, renamed)).toMatchObject([{ level: 'ok' }]);
    expect(found(one, other)).toMatchObject([
      { level: 'warn', fix: expect.stringContaining('HOLDFAST_SIGNING_KEY') },
    ]);
    expect([found(one), found(undefined, other)]).toEqual([[], []]);
  });
});

describe('the queue', () => {
  const pool = (more: Partial<common.PoolStatus>): common.PoolStatus => ({
    ...{ pool: 'gpu', waiting: 3, held: 0, oldestSeconds: 10, ...more },
  });

  it('is well while nothing waits for long', () => {
    expect(queueFindings(saying({ scheduler: { pools: [pool({ waiting: 0 })] } }))).toEqual([
      { check: 'queue', level: 'ok', found: 'empty' },
    ]);
    expect(queueFindings(saying({ scheduler: { pools: [pool({})] } }))).toMatchObject([
      { level: 'ok', found: '3 runs, none for long' },
    ]);
  });

  it('is a finding for each pool whose oldest run waits long, by whether anybody works there', () => {
    const pools = [pool({ oldestSeconds: 1_000 }), pool({ pool: 'cpu', held: 2, oldestSeconds: 1_000 })];
    expect(queueFindings(saying({ scheduler: { pools } }))).toMatchObject([
      { level: 'warn', fix: expect.stringContaining('holdfast executors --pool gpu') },
      { level: 'warn', fix: expect.stringContaining('start more executors') },
    ]);
  });
});
