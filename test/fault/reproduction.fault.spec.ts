import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemChance, systemClock } from '#kernel';
import { reproductionCodec, runCodec } from '#contracts/stored';
import { provenance as proto } from '#contracts';
import { openSharedEngines, type SharedEngines } from '#engines';
import { placesOf, ServiceConfig } from '#platform';
import { connect } from '#rpc';
import { writeRun } from '../../apps/provenance/testing/written-runs.js';

const main = new URL('../../apps/standalone/main.js', import.meta.url).pathname;
const run = systemChance.uuid();
const reason = 'because it is a test';
let dir: string;
let child: ChildProcess | undefined;

const withEngines = async <T>(work: (engines: SharedEngines) => Promise<T>): Promise<T> => {
  const engines = await openSharedEngines(placesOf(Object.assign(new ServiceConfig(), { dataDir: dir })));
  try {
    return await work(engines);
  } finally {
    await engines.close();
  }
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-killed-'));
  await withEngines((engines) => writeRun(engines, run));
});
afterEach(async () => {
  await stop('SIGKILL');
  await rm(dir, { recursive: true, force: true });
});

async function start(fault?: string): Promise<string> {
  const { HOLDFAST_LOG_LEVEL: _, ...env } = process.env;
  child = spawn(process.execPath, [main], {
    env: {
      ...env,
      HOLDFAST_DATA_DIR: dir,
      HOLDFAST_GRPC_PORT: '0',
      ...(fault === undefined ? {} : { HOLDFAST_FAULT: fault }),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit').then(() => '');
  const line = once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line').then(
    ([text]) => (JSON.parse(text as string) as { address: string }).address,
  );
  return Promise.race([line, exited]);
}

async function stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const ended = child;
  child = undefined;
  if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return;
  ended.kill(signal);
  await once(ended, 'exit');
}

/** Asks for the reproduction and waits for its verdict; undefined when the server dies on the way. */
async function reproduce(address: string, idempotencyKey: string) {
  const connection = connect(address, { defaults: { retryForMs: 0 } });
  const server = child as ChildProcess;
  const isGone = () => server.signalCode !== null || server.exitCode !== null;
  try {
    for (;;) {
      if (isGone()) return undefined;
      try {
        const { reproduction } = await connection.provenance.reproduce(
          { namespace: '', runId: run, reason },
          { idempotencyKey, deadlineMs: 5000 },
        );
        if (reproduction && reproduction.verdict !== proto.Verdict.VERDICT_UNSPECIFIED) return reproduction;
      } catch {
        // Not up yet, or gone: the loop looks which.
      }
      await systemClock.sleep(20);
    }
  } finally {
    connection.close();
  }
}

/** What the memory says, with no process around it. */
const counted = () =>
  withEngines(async ({ eventStore }) => {
    const batches = await Array.fromAsync(eventStore.readAll({ kinds: ['run', 'reproduction'] }));
    const events = batches.flat();
    const repeats = events.filter(({ type, bytes }) => {
      if (type !== 'RunSubmitted') return false;
      const { event } = runCodec.decode(type, bytes);
      return event.type === 'RunSubmitted' && event.reproductionOf === run;
    });
    const ofType = (wanted: string) =>
      events.filter(({ type, bytes }) => type === wanted && reproductionCodec.decode(type, bytes));
    return {
      repeats: repeats.length,
      started: ofType('ReproductionStarted').length,
      concluded: ofType('ReproductionConcluded').length,
    };
  });

describe('a reproduction whose server is killed', () => {
  it.each([
    'event-store:before-commit#2',
    'event-store:after-commit#2',
    'event-store:after-commit#3',
    'event-store:before-commit#4',
    'event-store:after-commit#5',
  ])(
    'at %s is neither lost nor doubled',
    async (fault) => {
      const key = systemChance.uuid();
      const address = await start(fault);
      expect(address === '' ? undefined : await reproduce(address, key)).toBeUndefined();
      const verdict = await reproduce(await start(), key);
      expect(verdict).toMatchObject({ originalRun: run });
      await stop('SIGTERM');
      expect(await counted()).toEqual({ repeats: 1, started: 1, concluded: 1 });
      // Two servers are started, on a machine that may be busy.
    },
    60_000,
  );
});
