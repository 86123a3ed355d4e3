import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { script } from './trivial-run.js';

/** The command in front of a script in a folder; the folder itself when there is none. */
export type Wrapping = (folder: string) => readonly string[];

/** The trivial step with nothing around it, but an end that is on disk: what every tracker has to do at least. */
export function bareScript(dir: string, wrap: Wrapping = (folder) => [join(folder, 'run.sh')]) {
  mkdirSync(dir, { recursive: true });
  const database = new DatabaseSync(join(dir, 'ends.sqlite'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE ends (run INTEGER)');
  const insert = database.prepare('INSERT INTO ends VALUES (?)');
  let made = 0;
  return {
    async run(): Promise<void> {
      const folder = join(dir, String(made++));
      mkdirSync(join(folder, 'outputs'), { recursive: true });
      writeFileSync(join(folder, 'run.sh'), script);
      chmodSync(join(folder, 'run.sh'), 0o755);
      writeFileSync(join(folder, 'metrics.jsonl'), '');
      const [program = '', ...args] = wrap(folder);
      const child = spawn(program, args, {
        cwd: folder,
        env: {
          HOLDFAST_RUN_KEY: `sha256:${made.toString(16).padStart(64, '0')}`,
          HOLDFAST_METRICS: join(folder, 'metrics.jsonl'),
          HOLDFAST_OUTPUTS: join(folder, 'outputs'),
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child.stdout.resume();
      const [status] = (await once(child, 'close')) as [number];
      if (status !== 0) throw new Error(`the script alone exited with status ${status}`);
      insert.run(made);
    },
    close: () => database.close(),
  };
}
