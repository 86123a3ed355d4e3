import type { ArtifactStore } from '#artifact-store';
import { systemClock } from '#kernel';
import type { EventStore } from '#event-store';
import type { MessageBus } from '#message-bus';
import { createLog, type Log, type Running } from '#platform';
import type { Connection, ServiceName } from '#rpc';
import { rebuildAll } from './rebuild-all.js';

/** A whole installation, as a test drives it: over gRPC, with a look at what lies below. */
export interface System {
  readonly connection: Connection;
  readonly addresses: Readonly<Record<ServiceName, string>>;
  readonly artifacts: ArtifactStore;
  readonly eventStore: EventStore;
  readonly bus: MessageBus;
  /** Everything below it is the system's own. */
  readonly dataDir: string;
  /** Rebuilds every read model of every service. @throws with the first difference, unless every one is identical */
  rebuildAll(): Promise<void>;
  close(): Promise<void>;
}

export interface StartOptions {
  /** Settings as a person gives them, for every service: `HOLDFAST_LEASE_TTL_MS`. */
  readonly env?: Readonly<Record<string, string>>;
  /** A folder that whoever gives it removes. Default: a new one, which `close` removes. */
  readonly dataDir?: string;
}

/** Both ways to run it have this form. */
export type Start = (options?: StartOptions) => Promise<System>;

export const version = '0.1.0';
export const serviceNames = ['registry', 'scheduler', 'executor', 'provenance', 'auditor'] as const;
export const quietLog = (service: string): Log => createLog({ service, level: 'error' });

/** Long enough for a busy machine, and over before the test is, so that it is told what was not ready. */
const patienceMs = 240_000;

/** @throws with what is not ready */
export const untilReady = ({ health }: Running): Promise<void> =>
  new Promise((resolve, reject) => {
    const late = () => {
      stop();
      reject(new Error(`not ready: ${JSON.stringify(health.problems())}`));
    };
    const stopTimer = systemClock.after(patienceMs, late);
    const look = () => {
      if (!health.isReady()) return;
      stop();
      stopTimer();
      resolve();
    };
    const stop = health.onChange(look);
    look();
  });

/** Runs every end, also after one that failed, and then throws what the first one threw. */
export async function endAll(ends: readonly (() => Promise<void> | void)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const end of ends) {
    try {
      await end();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

export const systemOf = (system: Omit<System, 'rebuildAll'>): System => ({
  ...system,
  rebuildAll: () => rebuildAll(system.connection),
});
