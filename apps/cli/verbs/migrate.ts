import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DomainError } from '#kernel';
import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { openStatusLine } from '../output/progress.js';
import { bytes, nounOf } from '../output/units.js';
import { refusal } from '../server.js';
import { plain } from '../view/plain.js';
import { text, type Action } from '../verb.js';

/** What the program of `apps/migrate` says in the end. */
interface Migrated {
  readonly history: { readonly events: number; readonly copied: number };
  readonly people?: { readonly people: number };
  readonly artifacts?: { readonly blobs: number; readonly bytes: number; readonly copied: number };
  readonly proof: { readonly events: number; readonly digest: string };
}

interface Line {
  readonly progress?: { readonly phase: string; readonly done: number };
  readonly result?: Migrated;
}

const phases: Readonly<Record<string, string>> = {
  history: 'events carried over',
  artifacts: 'blobs carried over',
  people: 'people carried over',
  proof: 'events compared',
};
const program = new URL('../../migrate/main.js', import.meta.url).pathname;

/** Carries an installation to other engines and proves that the histories are one. */
export const migrate: Action = async (session, _args, options) => {
  const { terminal, format, quiet, clock, signal } = session;
  const given = {
    ...{ from: text(options, 'from') ?? '', to: text(options, 'to') ?? '' },
    ...{ artifactsFrom: text(options, 'artifactsFrom'), artifactsTo: text(options, 'artifactsTo') },
    ...{ peopleFrom: text(options, 'peopleFrom'), peopleTo: text(options, 'peopleTo') },
  };
  const child = spawn(process.execPath, ['--enable-source-maps', program, JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A ctrl-c in the terminal is for this process, which then ends the program in order.
    detached: true,
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const status = openStatusLine(terminal, clock);
  let [said, result]: [string, Migrated | undefined] = ['', undefined];
  child.stderr.setEncoding('utf8').on('data', (part: string) => (said = (said + part).slice(-20_000)));
  const exited = once(child, 'close') as Promise<[number | null]>;
  for await (const line of createInterface({ input: child.stdout })) {
    const word = JSON.parse(line) as Line;
    if (word.progress) status.show(`${word.progress.done} ${phases[word.progress.phase] ?? ''}`);
    result = word.result ?? result;
  }
  const [code] = await exited;
  status.end();
  signal.removeEventListener('abort', stop);
  if (signal.aborted)
    throw new DomainError('cancelled', 'CANCELLED', 'what was carried over stays; the same command goes on');
  if (result === undefined) throw refusal(said, code);
  const { history, artifacts, people, proof } = result;
  if (quiet) terminal.out(proof.digest);
  else
    await showOne(terminal, format, plain(result), () =>
      [
        `history    ${nounOf(history.events, 'event')}, ${history.copied} carried over`,
        ...(artifacts
          ? [
              `artifacts  ${nounOf(artifacts.blobs, 'blob')} of ${bytes(artifacts.bytes)}, ${artifacts.copied} carried over`,
            ]
          : []),
        ...(people ? [`people     ${people.people}, names and keys`] : []),
        `proof      both histories are the same ${proof.events} events in the same order: ${proof.digest}`,
      ].join('\n'),
    );
  return exitStatus.success;
};
