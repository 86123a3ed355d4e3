import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `docker` for tests: containers are processes that answer whatever is said to them; what it was asked is in `calls`. */
const home = process.env['FAKE_DOCKER_HOME'] ?? '';
const answerer = (port: number) =>
  `require('net').createServer((s) => s.on('error', () => {}).on('data', () => s.write('yes'))).listen(${port}, '127.0.0.1')`;

interface Container {
  readonly pid: number;
  readonly port: number;
}

const fileOf = (name: string) => join(home, `${name}.json`);
const read = (name: string) => JSON.parse(readFileSync(fileOf(name), 'utf8')) as Container;

function launch(name: string, port: number): void {
  const child = spawn(process.execPath, ['-e', answerer(port)], { detached: true, stdio: 'ignore' });
  writeFileSync(fileOf(name), JSON.stringify({ pid: child.pid, port }));
  child.unref();
}

function signal(name: string, which: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(read(name).pid, which);
  } catch {
    return false;
  }
}

const [verb = '', ...args] = process.argv.slice(2);
const last = args.at(-1) ?? '';
appendFileSync(join(home, 'calls'), `${[verb, ...args].join(' ')}\n`);
const verbs: Readonly<Record<string, () => void>> = {
  info: () => {},
  run: () => {
    const port = Number((args[args.indexOf('-p') + 1] ?? '').split(':')[1]);
    launch(args[args.indexOf('--name') + 1] ?? '', port);
  },
  inspect: () => console.log(signal(last, 0)),
  kill: () => void signal(last, 'SIGKILL'),
  start: () => launch(last, read(last).port),
  pause: () => void signal(last, 'SIGSTOP'),
  unpause: () => void signal(last, 'SIGCONT'),
  rm: () => {
    if (!existsSync(fileOf(last))) process.exit(1);
    signal(last, 'SIGKILL');
    rmSync(fileOf(last));
  },
  logs: () => console.log('what it said'),
};
const done = verbs[verb];
if (done === undefined) throw new Error(`this docker has no ${verb}`);
done();
