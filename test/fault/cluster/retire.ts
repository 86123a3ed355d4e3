import { isDomainError, systemChance, systemClock, type ErrorKind } from '#kernel';
import type { Connection } from '#rpc';
import { reason } from '../../support/experiment.js';

/** It reads all of history and waits until bytes are gone; a killed service's lease is waited for. */
const disposalMs = 60_000;
/** How long something is asked for again; whatever is away comes back before. */
const patienceMs = 300_000;
const mayPass: readonly ErrorKind[] = ['unavailable', 'timeout', 'exhausted', 'conflict'];

interface Options {
  readonly idempotencyKey: string;
  readonly deadlineMs: number;
}

/** Sent under one key until it is answered. @param passing kinds of failures that pass here too */
export async function untilAnswered<T>(
  what: string,
  ask: (options: Options) => Promise<T>,
  passing: readonly ErrorKind[] = [],
): Promise<T> {
  const options = { idempotencyKey: systemChance.uuid(), deadlineMs: 5_000 };
  const until = systemClock.monotonicMs() + patienceMs;
  for (;;) {
    try {
      return await ask(options);
    } catch (error) {
      const passes = isDomainError(error) && [...mayPass, ...passing].includes(error.kind);
      if (!passes || systemClock.monotonicMs() > until)
        throw new Error(`${what}: ${String(error)}`, { cause: error });
      await systemClock.sleep(100);
    }
  }
}

const authority = 'case 7';

/** A read model that was emptied knows nobody until it is built again. */
const hold = ({ auditor }: Connection, run: string) =>
  untilAnswered(
    `a hold on ${run}`,
    (options) => auditor.placeHold({ namespace: '', subject: `run-${run}`, authority, reason }, options),
    ['not-found'],
  );

/** @returns whether a hold was in the way */
async function dispose({ provenance }: Connection, run: string): Promise<'accepted' | 'refused'> {
  const order = { namespace: '', runId: run, authority, reason, beforeTime: true, artifacts: [] };
  return untilAnswered(`a disposal of ${run}`, (options) =>
    provenance.dispose({ ...order, dryRun: false }, { ...options, deadlineMs: disposalMs }).then(
      () => 'accepted' as const,
      (error: unknown) => {
        if (isDomainError(error) && error.code === 'RUN_HELD') return 'refused' as const;
        throw error;
      },
    ),
  );
}

/** Runs that were to be disposed of, by what was answered. */
export interface Retired {
  readonly disposed: string[];
  readonly held: string[];
}

/** Of ten runs that are over one is disposed of, one is held and then asked to be, and of one both are asked for at once. */
export async function retire(
  connection: Connection,
  run: string,
  number: number,
  retired: Retired,
): Promise<void> {
  if (number % 10 === 2) {
    if ((await dispose(connection, run)) === 'refused') throw new Error(`${run} is held by nobody`);
    retired.disposed.push(run);
  }
  if (number % 10 === 4) await Promise.all([hold(connection, run), dispose(connection, run)]);
  if (number % 10 === 9) {
    await hold(connection, run);
    if ((await dispose(connection, run)) === 'accepted') throw new Error(`${run} was held`);
    retired.held.push(run);
  }
}
