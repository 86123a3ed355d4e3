import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import { newcomer, type Newcomer } from '../support/command-line.js';
import { startServer, type TestServer } from '../support/servers/index.js';
import { startTogether } from '../support/start-together.js';
import type { System } from '../support/system.js';

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly found: string;
  readonly fix?: string;
}

describe('holdfast doctor, where the event store is a process of its own', () => {
  let server: TestServer;
  let system: System;
  let person: Newcomer;

  beforeAll(async () => {
    server = await startServer('eventstoredb');
    system = await startTogether({ env: { HOLDFAST_EVENT_STORE: server.url } });
    person = newcomer();
  });
  afterAll(async () => {
    person?.remove();
    await system?.close();
    await server?.stop();
  });

  const doctor = async () => {
    const args = ['doctor', '--server', system.addresses.registry, '-o', 'json'];
    const { status, stdout } = await person.holdfast(...args);
    return { status, findings: JSON.parse(stdout) as readonly Finding[] };
  };
  const about = (check: string, findings: readonly Finding[]) =>
    findings.filter((finding) => finding.check === check);
  /** What the services themselves think of it. */
  const untilEventStore = async (ready: boolean) => {
    for (;;) {
      const { diagnosis } = await system.connection.registry.diagnose({});
      const found = diagnosis?.parts.find(({ part }) => part === 'event-store');
      // On a busy machine its client may be late in saying that it is away.
      if (found?.ready === ready && (ready || found.because.includes('STORE_UNAVAILABLE'))) return;
      await systemClock.sleep(100);
    }
  };

  it('says which engines answer, that the queue is empty and the read models live', async () => {
    const { findings } = await doctor();
    expect(about('engines', findings)).toEqual([
      {
        ...{ check: 'engines', level: 'ok' },
        found: 'artifact-store (file), event-store (esdb), message-bus (memory), read-store (sqlite) answer',
      },
    ]);
    expect(about('queue', findings)).toMatchObject([]);
    expect(about('read models', findings)).toMatchObject([{ level: 'ok' }]);
    expect(findings.filter(({ level, fix }) => level !== 'ok' && !fix)).toEqual([]);
  });

  it('says that it does not answer, who needs it, since when and what to do, until it is back', async () => {
    server.pause();
    await untilEventStore(false);
    const ill = await doctor();
    expect(ill.status).toBe(4);
    expect(about('engines', ill.findings)).toEqual([
      {
        ...{ check: 'engines', level: 'fail' },
        found: expect.stringMatching(
          /^event-store \(esdb\) does not answer: STORE_UNAVAILABLE, for .+; needed by registry, scheduler, executor, provenance, auditor$/,
        ),
        fix: expect.stringContaining('HOLDFAST_EVENT_STORE'),
      },
    ]);
    server.resume();
    await untilEventStore(true);
    const { findings } = await doctor();
    expect(about('engines', findings)).toMatchObject([{ level: 'ok' }]);
  });
});
