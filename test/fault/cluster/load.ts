import type { Connection } from '#rpc';
import { declare, reason, type Experiment } from '../../support/experiment.js';
import { retire, untilAnswered, type Retired } from './retire.js';
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

/** Runs that are submitted and not over: the load is steady. */
const atOnce = 8;

export interface Load {
  readonly submitted: readonly string[];
  readonly retired: Retired;
  /** Resolves when every run is over. */
  readonly over: Promise<void>;
  /** And when those are disposed of, or held, of which that was asked. */
  readonly allRetired: Promise<void>;
}

/** Declares the experiment while all is well. */
export const prepareLoad = (connection: Connection) => declare({ connection }, experiment);

async function submitted(connection: Connection, number: number): Promise<string> {
  const { namespace, name } = experiment;
  const what = { $case: 'blueprint', value: name } as const;
  const overrides = Buffer.from(JSON.stringify({ number }));
  const request = { namespace, what, overrides, reason, priority: 0, dryRun: false };
  const { run } = await untilAnswered(`submission ${number}`, (options) =>
    connection.scheduler.submitRun(request as never, options),
  );
  if (run === undefined) throw new Error('no run was answered');
  return run.id;
}

/** Submits so many runs, a few at a time, each followed by another when it is over. */
export function startLoad(connection: Connection, watch: Watch, runs: number): Load {
  const ids: string[] = [];
  const retired: Retired = { disposed: [], held: [] };
  const retiring: Promise<void>[] = [];
  let next = 0;
  const worker = async () => {
    while (next < runs) {
      const number = next++;
      const id = await submitted(connection, number);
      ids.push(id);
      await watch.until(() => (watch.over().has(id) ? true : undefined));
      const end = retire(connection, id, number, retired);
      end.catch(() => undefined);
      retiring.push(end);
    }
  };
  const over = Promise.all(Array.from({ length: atOnce }, worker)).then(() => undefined);
  const allRetired = over.then(() => Promise.all(retiring)).then(() => undefined);
  allRetired.catch(() => undefined);
  return { submitted: ids, retired, over, allRetired };
}
