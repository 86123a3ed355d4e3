import { systemChance } from '#kernel';
import { digestBytes } from '#evidence';
import type { Connection } from '#rpc';
import { reason, type Experiment } from '../support/experiment.js';

export const namespace = 'killed';
/** Servers are killed while they recover, too. */
const retry = { attempts: 10, on: ['executor-lost', 'lease-expired'] };

/** A DAG over data in folds: what is kept, trained and reported follows from the bytes alone. */
export const forest: Experiment = {
  namespace,
  name: 'forest',
  files: {
    'prepare.sh':
      '#!/bin/sh\nwhile IFS= read -r row; do echo "$row"; done < inputs/raw > outputs/clean.csv\n',
    'train.sh': `#!/bin/sh
read -r params < "$HOLDFAST_PARAMS"
scale=\${params#*'"scale":'}
bytes=0
while IFS= read -r row; do bytes=$((bytes + \${#row} + 1)); done < inputs/clean
bytes=$((bytes * \${scale%%[!0-9]*}))
echo "{\\"bytes\\":$bytes,\\"params\\":$params,\\"seed\\":\\"$HOLDFAST_SEED\\"}" > outputs/model.json
echo "{\\"name\\":\\"bytes\\",\\"value\\":$bytes,\\"step\\":0}" >> "$HOLDFAST_METRICS"
`,
    'report.sh': '#!/bin/sh\nset -- inputs/folds/*/*\necho "$@" > outputs/report.txt\n',
  },
  datasets: {
    trees: ['kind,height', ...Array.from({ length: 12 }, (_, i) => `${i % 2 ? 'oak' : 'fir'},${i}`), ''].join(
      '\n',
    ),
  },
  knobs: { scale: 1 },
  blueprint: {
    retry,
    data: { trees: { dataset: 'trees@1', folds: { k: 2, seed: 3 } } },
    knobs: { scale: 1 },
    steps: {
      prepare: { run: ['./prepare.sh'], in: { raw: 'data.trees' }, out: { clean: 'clean.csv' } },
      train: {
        run: ['./train.sh'],
        in: { clean: 'prepare.clean' },
        out: { model: 'model.json' },
        each: 'fold',
      },
      report: { run: ['./report.sh'], in: { folds: 'train' }, out: { report: 'report.txt' } },
    },
    metrics: { bytes: { goal: 'none' } },
  },
};

/** One step that says nothing: members of sweeps. */
export const seedling: Experiment = {
  namespace,
  name: 'seedling',
  files: { 'grow.sh': '#!/bin/sh\n' },
  blueprint: { retry, knobs: { scale: 1 }, steps: { grow: { run: ['./grow.sh'] } } },
};

/** A command under a key of its own: however often it is sent, it is carried out once. */
export interface Command {
  readonly name: string;
  /** What the server answered is the same every time; `position` is where it is recorded. */
  send(connection: Connection): Promise<Answer>;
  /** The same answer from a query, which must know what was recorded at the position. */
  look(connection: Connection, known: Answer): Promise<unknown>;
}

export interface Answer {
  /** What tells the thing apart: an id, a number. */
  readonly answer: unknown;
  readonly position: string;
}

/** More than is taken without being staged. */
const largeBytes = 1_300_000;
const pieceBytes = 64 * 1024;

async function upload({ registry }: Connection, bytes: Buffer): Promise<string> {
  const digest = digestBytes(bytes);
  const { offset, complete } = await registry.getUpload({ digest, sizeBytes: bytes.length });
  if (complete) return digest;
  const header = { digest, sizeBytes: bytes.length, offset };
  const pieces = [{ header, data: Buffer.alloc(0) }] as { header: typeof header | undefined; data: Buffer }[];
  for (let at = offset; at < bytes.length; at += pieceBytes)
    pieces.push({ header: undefined, data: bytes.subarray(at, at + pieceBytes) });
  return (await registry.putBlob(pieces)).blob?.digest ?? '';
}

/** One of everything: data, a knob, a repeat of an earlier run, a run, a sweep, a baseline. */
export function commandsOf(round: number, original: string): readonly Command[] {
  const command = (
    name: string,
    act: (
      connection: Connection,
      options: { readonly idempotencyKey: string },
    ) => Promise<readonly [unknown, string]>,
    look: (connection: Connection, options: { readonly minPosition: string }, id: string) => Promise<unknown>,
  ): Command => {
    const options = { idempotencyKey: systemChance.uuid() };
    return {
      name: `${name} ${round}`,
      async send(connection) {
        const [answer, position] = await act(connection, options);
        return { answer, position };
      },
      look: (connection, { answer, position }) => look(connection, { minPosition: position }, String(answer)),
    };
  };
  const large = Buffer.alloc(largeBytes, `kind,height\nelm,${round}\n`);
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  return [
    command(
      'data',
      async (connection, options) => {
        const digest = await upload(connection, large);
        const about = { description: '', origin: '', license: '', parents: [], transformation: '' };
        const request = { namespace, name: 'elms', digest, format: 'file', reason, ...about };
        const { version, position } = await connection.registry.addDatasetVersion(request, options);
        return [version?.number, position];
      },
      async ({ registry }, options, number) =>
        (await registry.getDataset({ namespace, ref: `elms@${number}` }, options)).version?.number,
    ),
    command(
      'knob',
      async ({ registry }, options) => {
        const declaration = json({
          knob: `depth${round}`,
          type: 'number',
          default: 1,
          description: 'How deep',
        });
        const { knob, position } = await registry.declareKnob({ namespace, declaration, reason }, options);
        return [knob?.revision, position];
      },
      async ({ registry }, options) => {
        const { knobs } = await registry.listKnobs({ namespace, pageSize: 1000, pageToken: '' }, options);
        return knobs.find(({ name }) => name === `depth${round}`)?.revision;
      },
    ),
    command(
      'reproduction',
      async ({ provenance }, options) => {
        const { reproduction, position } = await provenance.reproduce(
          { namespace, runId: original, reason },
          options,
        );
        return [reproduction?.id, position];
      },
      async ({ provenance }, options, id) =>
        (await provenance.getReproduction({ namespace, id }, options)).reproduction?.id,
    ),
    command(
      'run',
      async ({ scheduler }, options) => {
        const what = { $case: 'blueprint', value: forest.name } as const;
        const request = { namespace, what, overrides: Buffer.alloc(0), reason, priority: 0, dryRun: false };
        const { run, position } = await scheduler.submitRun(request, options);
        if (run?.problems.length !== 0) throw new Error(`refused: ${JSON.stringify(run?.problems)}`);
        return [run.id, position];
      },
      async ({ scheduler }, options, id) => (await scheduler.getRun({ namespace, id }, options)).run?.id,
    ),
    command(
      'sweep',
      async ({ scheduler }, options) => {
        const request = {
          namespace,
          blueprint: seedling.name,
          axes: ['scale=1,2'],
          trials: 0,
          reason,
          priority: 0,
          dryRun: false,
        };
        const { sweep, position } = await scheduler.submitSweep(request, options);
        return [sweep?.id, position];
      },
      async ({ scheduler }, options, id) =>
        (await scheduler.getSweep({ namespace, id, summary: true }, options)).sweep?.id,
    ),
    command(
      'baseline',
      async ({ auditor }, options) => {
        const about = { namespace, blueprint: forest.name, channel: 'dev', metric: 'bytes', reason };
        const { baseline, position } = await auditor.acceptBaseline({ ...about, runs: [original] }, options);
        return [baseline?.id, position];
      },
      async ({ auditor }, options, id) =>
        (await auditor.getBaseline({ namespace, id }, options)).baseline?.id,
    ),
  ];
}
