import { nameId } from '#evidence';
import { runStream, type LeaseEnd } from '#domain/run';
import type { Scheduler } from './scheduler.js';
import { toldEvents } from './told-events.js';

export interface EndedLease {
  readonly run: string;
  readonly epoch: number;
  readonly pool: string;
  readonly cause: LeaseEnd;
  /** For people. */
  readonly message: string;
}

const self = { id: nameId('service', 'scheduler'), type: 'service', roles: [] } as const;

/** Ends a lease and says in the same append what becomes of the run; nothing when the lease has ended already. */
export async function expireLease(
  scheduler: Pick<
    Scheduler,
    'runs' | 'attemptContext' | 'present' | 'wakeUps' | 'clock' | 'chance' | 'instruments'
  >,
  { run, epoch, pool, cause, message }: EndedLease,
): Promise<void> {
  const { runs, attemptContext, present, wakeUps, clock, chance, instruments } = scheduler;
  const receivedAt = clock.now();
  const said = { commandId: chance.uuid(), actor: self, receivedAt };
  const context = await attemptContext.of(run, epoch, said);
  const command = { type: 'ExpireLease', epoch, cause, message, at: receivedAt } as const;
  const { events, revision } = await runs.execute(runStream(run), command, context);
  if (events.length > 0 && cause === 'lease-expired')
    instruments.meter.count('holdfast_lease_expiries_total', { pool });
  if (!events.some(({ type }) => type === 'RunRetried')) return;
  present.take(toldEvents(runStream(run), events, revision, context));
  wakeUps.wake(pool);
}
