/** A step that does harm, and what is promised to come of it (the table of `libs/sandbox/README.md`). */
export interface Misbehaviour {
  readonly what: string;
  /** A Node module; it has said `begun` before. */
  readonly script: string;
  /** Outputs that it declares. */
  readonly out?: Readonly<Record<string, string>>;
  readonly resources?: Readonly<Record<string, string | number>>;
  /** Class of failure, or `completed` where the fault is prevented or made good. */
  readonly end: string | ((host: Host) => string | readonly string[]);
}

/** What decides what a level can do. */
export interface Host {
  readonly level: string;
  /** Steps run as the server's own user. */
  readonly ownUid: boolean;
  readonly cgroup: boolean;
}

export const begun = `import { writeSync } from 'node:fs';\nwriteSync(1, 'begun\\n');\n`;
const forever = 'setInterval(() => {}, 1000);';

export const misbehaviours: readonly Misbehaviour[] = [
  {
    what: 'is a fork bomb',
    // It ends as soon as a shell says that it cannot fork.
    script: `import { spawn } from 'node:child_process';
const bomb = spawn('/bin/sh', ['-c', 'b() { b | b & b; }; b'], { stdio: ['ignore', 'ignore', 'pipe'] });
bomb.stderr.once('data', () => process.exit(1)); ${forever}`,
    resources: { pids: 48, timeout: '60s' },
    end: ({ cgroup }) => (cgroup ? 'process-limit' : ['process-limit', 'command-failed', 'timeout']),
  },
  {
    what: 'fills the disk',
    script: `import { openSync } from 'node:fs';
const file = openSync('outputs/big', 'w');
for (;;) writeSync(file, Buffer.alloc(2 ** 20, 1));`,
    resources: { disk: '8Mi' },
    end: 'disk-limit',
  },
  {
    what: 'writes a hundred megabytes to stdout',
    script: `import { spawnSync } from 'node:child_process';
spawnSync('/usr/bin/head', ['-c', '100000000', '/dev/zero'], { stdio: 'inherit' });`,
    end: 'completed',
  },
  {
    what: 'ignores SIGTERM',
    script: `process.on('SIGTERM', () => {}); ${forever}`,
    // It has said that it has begun by then, also where a start takes long.
    resources: { timeout: '8s' },
    end: 'timeout',
  },
  {
    what: 'leaves children behind',
    script: `import { spawn } from 'node:child_process';
spawn('/bin/sh', ['-c', '/bin/sleep 1000 & /bin/sleep 1000'], { detached: true, stdio: 'inherit' }).unref();`,
    end: 'completed',
  },
  {
    what: 'writes outside its folder',
    script: `import { rmSync, writeFileSync } from 'node:fs';
const path = '/var/tmp/holdfast-stray-' + process.pid;
writeFileSync(path, 'x');
// Where nothing stops it, it is at least tidy.
if (process.getuid() < 2000000) rmSync(path);`,
    end: ({ level, ownUid }) =>
      level === 'bubblewrap' ? 'command-failed' : ownUid ? 'completed' : 'wrote-outside',
  },
  {
    what: 'changes its inputs and code',
    script: `import { appendFileSync, chmodSync } from 'node:fs';
for (const path of ['inputs/raw', 'main.mjs', 'params.json'])
  for (const act of [() => chmodSync(path, 0o666), () => appendFileSync(path, ' ')]) try { act(); } catch {}`,
    end: ({ level, ownUid }) => (level === 'process' && ownUid ? 'input-changed' : 'completed'),
  },
  { what: 'ends by a signal', script: `process.kill(process.pid, 'SIGSEGV'); ${forever}`, end: 'signalled' },
  { what: 'exits with another status', script: 'process.exitCode = 7;', end: 'command-failed' },
  { what: 'forgets an output', script: '', out: { model: 'model.json' }, end: 'output-missing' },
  {
    what: 'writes metrics that are none',
    script: `import { appendFileSync } from 'node:fs';
appendFileSync(process.env.HOLDFAST_METRICS, '{"name":"loss","value":NaN}\\n');`,
    end: 'metrics-invalid',
  },
  {
    what: 'takes more memory than it may',
    script: 'const all = []; for (;;) all.push(Buffer.alloc(2 ** 24, 1));',
    resources: { memory: '128Mi' },
    end: 'out-of-memory',
  },
];
