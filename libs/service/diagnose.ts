import type { common } from '#contracts';
import type { Health, Place } from '#platform';
import type { RunningReactor, ServiceRuntime } from '#runtime';

/** What a service says of itself when somebody asks what is wrong. */
export type Diagnose = () => Promise<common.Diagnosis>;

export interface DiagnoseOptions {
  readonly name: string;
  readonly version: string;
  readonly health: Health;
  readonly places: Readonly<Record<EnginePart, Place>>;
  /** Absent for an executor: it follows no events. */
  readonly runtime?: Pick<ServiceRuntime, 'reactors'>;
  /** What waits, by pool; of the scheduler. */
  readonly pools?: () => readonly common.PoolStatus[];
  /** As a verifier key; of those that sign. */
  readonly signingKey?: () => Promise<string | undefined>;
}

type EnginePart = 'eventStore' | 'readStore' | 'messageBus' | 'artifactStore';

/** By the last word of a part's name. */
const engines: Readonly<Record<string, EnginePart>> = {
  'event-store': 'eventStore',
  'read-store': 'readStore',
  'message-bus': 'messageBus',
  'artifact-store': 'artifactStore',
};

/** Asks no engine longer than a second, and answers whether they do or not. */
export const diagnosing =
  ({ name, version, health, places, runtime, pools, signingKey }: DiagnoseOptions): Diagnose =>
  async () => ({
    version,
    parts: health.parts(name).map(({ part, because = '', forMs }) => {
      const engine = engines[part.slice(part.lastIndexOf(':') + 1)];
      return {
        part,
        engine: engine === undefined ? '' : places[engine].engine,
        ready: because === '',
        because,
        forMs: Math.round(forMs),
      };
    }),
    reactors: await Promise.all((runtime?.reactors() ?? []).map(reactorStatus)),
    pools: [...(pools?.() ?? [])],
    signingKey: await signingKey?.(),
  });

async function reactorStatus(reactor: RunningReactor): Promise<common.ReactorStatus> {
  const lag = await reactor.lag().catch(() => undefined);
  return {
    name: reactor.name,
    lagEvents: lag?.events,
    lagSeconds: lag?.seconds,
    failing: reactor.failing(),
  };
}
