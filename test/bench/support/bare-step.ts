import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface BareStep {
  /** Folder of its own, not there yet. */
  readonly folder: string;
  readonly code: string;
  readonly script: string;
  /** Files by path below `inputs/`. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly knobs: Readonly<Record<string, number>>;
  readonly fold: number | null;
}

/** A step of an experiment as a person runs it by hand: a copy of the code, its inputs, Node. @returns its outputs' folder */
export async function bareStep({ folder, code, script, inputs, knobs, fold }: BareStep): Promise<string> {
  cpSync(code, folder, { recursive: true });
  const outputs = join(folder, 'outputs');
  mkdirSync(outputs);
  for (const [path, from] of Object.entries(inputs)) {
    mkdirSync(dirname(join(folder, 'inputs', path)), { recursive: true });
    cpSync(from, join(folder, 'inputs', path));
  }
  const params = { knobs, seed: '0102030405060708'.repeat(4), fold, step: 'step' };
  writeFileSync(join(folder, 'params.json'), JSON.stringify(params));
  const child = spawn(process.execPath, [script], {
    cwd: folder,
    env: {
      ...{ HOLDFAST_METRICS: join(folder, 'metrics.jsonl'), HOLDFAST_SEED: '16909060' },
      ...{ HOLDFAST_OUTPUTS: outputs, HOLDFAST_INPUTS: join(folder, 'inputs') },
      ...{ HOLDFAST_PARAMS: join(folder, 'params.json'), TMPDIR: folder },
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [status] = (await once(child, 'close')) as [number];
  if (status !== 0) throw new Error(`${script} alone exited with status ${status}`);
  return outputs;
}
