import type { Connection } from '#rpc';

/** What an executor asks of the scheduler. */
export type SchedulerDoor = Pick<
  Connection['scheduler'],
  'joinPool' | 'leavePool' | 'claimNext' | 'heartbeat' | 'reportAttempt'
>;
