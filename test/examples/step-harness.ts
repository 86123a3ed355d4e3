import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PlainStep {
  readonly command: readonly [string, ...string[]];
  /** Folder of code. */
  readonly code: string;
  /** Text or a file to copy, by path below `inputs/`. */
  readonly inputs: Readonly<Record<string, string | { readonly copy: string }>>;
  readonly knobs: Readonly<Record<string, number | string | boolean>>;
  readonly fold?: number;
}

/** A step as INTERFACE describes it, without Holdfast: what a script sees when nothing else is there. */
export function runPlainStep({ command: [program, ...args], code, inputs, knobs, fold }: PlainStep) {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-example-'));
  const work = join(root, 'work');
  cpSync(code, work, { recursive: true });
  mkdirSync(join(work, 'outputs'));
  mkdirSync(join(root, 'tmp'));
  for (const [path, content] of Object.entries(inputs)) {
    mkdirSync(join(work, 'inputs', path, '..'), { recursive: true });
    if (typeof content === 'string') writeFileSync(join(work, 'inputs', path), content);
    else cpSync(content.copy, join(work, 'inputs', path));
  }
  const seed = '0102030405060708'.repeat(4);
  const params = { knobs, seed, fold: fold ?? null, step: 'step' };
  writeFileSync(join(work, 'params.json'), JSON.stringify(params));
  const metrics = join(root, 'metrics.jsonl');
  writeFileSync(metrics, '');
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: work,
    encoding: 'utf8',
    env: {
      HOLDFAST_METRICS: metrics,
      HOLDFAST_SEED: String(Number.parseInt(seed.slice(0, 8), 16)),
      HOLDFAST_OUTPUTS: join(work, 'outputs'),
      HOLDFAST_INPUTS: join(work, 'inputs'),
      HOLDFAST_PARAMS: join(work, 'params.json'),
      TMPDIR: join(root, 'tmp'),
      LC_ALL: 'C.UTF-8',
      PYTHONHASHSEED: '0',
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  const points = readFileSync(metrics, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(
      (line) => JSON.parse(line) as { readonly name: string; readonly value: number; readonly step?: number },
    );
  return {
    status,
    stdout,
    stderr,
    points,
    has: (path: string) => existsSync(join(work, 'outputs', path)),
    output: (path: string) => readFileSync(join(work, 'outputs', path), 'utf8'),
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}
