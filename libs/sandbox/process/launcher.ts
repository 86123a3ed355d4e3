import { fork, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { StepFailed } from '../failure.js';
import { gated, type Launched, type LaunchedExit, type LaunchPlan } from './launch.js';
import type { Asked, End, Told } from './launcher-messages.js';

/** The one place where processes of steps are started. */
export interface Launcher {
  /** @throws StepFailed `sandbox-unavailable` */
  launch(plan: LaunchPlan): Promise<Launched>;
  /** Ends the launcher, and with it what it started. */
  close(): Promise<void>;
}

/** One process on its way, as far as it has been told of. */
interface Launching {
  told(told: Told, socket: Socket | undefined): void;
  /** The launcher is gone. */
  lost(): void;
}

const usual: readonly End[] = ['stdout', 'stderr'];

const main = fileURLToPath(new URL('./launcher-main.js', import.meta.url));
const lost = {
  class: 'internal',
  message: 'the process that starts steps was ended, and the step with it',
} as const;

/**
 * Started with the first plan, and again with the next one after it died.
 * @param setpriv with it the launcher can gain no rights, and so nothing that it starts
 */
export function openLauncher(setpriv?: string): Launcher {
  let running: { readonly child: ChildProcess; readonly asked: Map<number, Launching> } | undefined;
  const node = ['--max-old-space-size=64'];
  const program =
    setpriv === undefined
      ? { execArgv: node }
      : { execPath: setpriv, execArgv: ['--no-new-privs', '--', process.execPath, ...node] };
  let ids = 0;

  const start = () => {
    const child = fork(main, {
      detached: true,
      env: {},
      ...program,
      stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
    });
    (child.stdin as Socket).on('error', () => undefined).unref();
    const asked = new Map<number, Launching>();
    const started = { child, asked };
    child.on('message', (told: Told, socket) => asked.get(told.id)?.told(told, socket as Socket | undefined));
    const gone = () => {
      if (running === started) running = undefined;
      for (const one of asked.values()) one.lost();
    };
    child.once('exit', gone);
    child.on('error', gone);
    return started;
  };

  return {
    launch(plan) {
      const { child, asked } = (running ??= start());
      const id = ++ids;
      const { promise, resolve, reject } = Promise.withResolvers<Launched>();
      const ends = plan.reports ? [...usual, 'report' as const] : usual;
      const tell = (message: Asked) => void child.send(message, (error) => error && one.lost());
      const one = openLaunching(ends.length, resolve, reject, {
        release: () => asked.has(id) && tell({ id, go: true }),
        over() {
          asked.delete(id);
          // It keeps nobody waiting while nothing runs.
          if (asked.size === 0) child.channel?.unref();
        },
      });
      asked.set(id, one);
      child.unref();
      child.channel?.ref();
      const { env, cwd, uid, entrances } = plan;
      tell({ id, argv: gated(plan), env, cwd, uid, ends, entrances });
      return promise;
    },
    async close() {
      const { child } = running ?? {};
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.ref();
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

function openLaunching(
  ends: number,
  resolve: (launched: Launched) => void,
  reject: (error: StepFailed) => void,
  { release, over }: { release(): void; over(): void },
): Launching {
  const exit = Promise.withResolvers<LaunchedExit>();
  const found = new Map<End, Socket | undefined>();
  return {
    told(told, socket) {
      switch (told.what) {
        case 'end': {
          socket?.on('error', () => undefined);
          found.set(told.end, socket);
          const { pid, startTime } = told;
          if (found.size === ends)
            resolve({ pid, startTime, ...streams(found), release, exited: exit.promise });
          return;
        }
        case 'exited':
          exit.resolve({ exitCode: told.exitCode, signal: told.signal });
          return over();
        case 'failed':
          reject(new StepFailed('sandbox-unavailable', `a process could not be started: ${told.why}`));
          return over();
      }
    },
    lost() {
      reject(new StepFailed(lost.class, lost.message));
      exit.resolve({ exitCode: null, signal: null, lost });
      over();
    },
  };
}

/** An end that was closed before it came here was one of a process that had died. */
function streams(found: ReadonlyMap<End, Socket | undefined>) {
  const readable = (end: End) => found.get(end) ?? Readable.from([]);
  return { stdout: readable('stdout'), stderr: readable('stderr'), report: readable('report') };
}
