import { isDomainError, systemChance, systemClock } from '#kernel';
import type { Connection } from '#rpc';
import { declare, reason, type Experiment } from '../../support/experiment.js';
import type { Watch } from './watch.js';

/** Trivial, and of each run the outputs are its own. */
const experiment: Experiment = {
  namespace: 'load',
  name: 'trivial',
  files: {
    'step.sh': `#!/bin/sh
read -r params < "$HOLDFAST_PARAMS"
number=\${params#*'"number":'}
echo "run \${number%%[!0-9]*}" > outputs/out
`,
  },
  knobs: { number: 0 },
  blueprint: {
    knobs: { number: 0 },
    steps: { only: { run: ['./step.sh'], out: { out: 'out' } } },
    retry: { attempts: 10, on: ['executor-lost', 'lease-expired', 'storage-full'] },
  },
};

/** How long a submission is sent again; whatever is away comes back before. */
const patienceMs = 300_000;
const mayPass = new Set(['unavailable', 'timeout', 'exhausted', 'conflict']);

/** Runs that are submitted and not over: the load is steady. */
const atOnce = 8;

export interface Load {
  readonly submitted: readonly string[];
  /** Resolves when every run is over. */
  readonly over: Promise<void>;
}

/** Declares the experiment while all is well. */
export const prepareLoad = (connection: Connection) => declare({ connection }, experiment);

/** Sent under one key until it is answered. */
async function submitted(connection: Connection, number: number): Promise<string> {
  const { namespace, name } = experiment;
  const what = { $case: 'blueprint', value: name } as const;
  const overrides = Buffer.from(JSON.stringify({ number }));
  const request = { namespace, what, overrides, reason, priority: 0, dryRun: false };
  const options = { idempotencyKey: systemChance.uuid(), deadlineMs: 5_000 };
  const until = systemClock.monotonicMs() + patienceMs;
  for (;;) {
    try {
      const { run } = await connection.scheduler.submitRun(request as never, options);
      if (run === undefined) throw new Error('no run was answered');
      return run.id;
    } catch (error) {
      if (!isDomainError(error) || !mayPass.has(error.kind) || systemClock.monotonicMs() > until)
        throw new Error(`submission ${number}: ${String(error)}`, { cause: error });
      await systemClock.sleep(100);
    }
  }
}

/** Submits so many runs, a few at a time, each followed by another when it is over. */
export function startLoad(connection: Connection, watch: Watch, runs: number): Load {
  const ids: string[] = [];
  let next = 0;
  const worker = async () => {
    while (next < runs) {
      const id = await submitted(connection, next++);
      ids.push(id);
      await watch.until(() => (watch.over().has(id) ? true : undefined));
    }
  };
  const over = Promise.all(Array.from({ length: atOnce }, worker)).then(() => undefined);
  over.catch(() => undefined);
  return { submitted: ids, over };
}
