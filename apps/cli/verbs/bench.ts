import { DomainError } from '#kernel';
import { measuringNamespace } from '#domain/declaration';
import { figures } from '../bench/figures.js';
import { isFinding, judge } from '../bench/judge.js';
import { measureInstallation } from '../bench/measure-installation.js';
import { showFigures } from '../bench/show-figures.js';
import { exitStatus } from '../exit-status.js';
import { ageOf } from '../output/age.js';
import { openStatusLine } from '../output/progress.js';
import { duration } from '../output/units.js';
import { addressesOf, isElsewhere, type Addresses } from '../addresses.js';
import { runningServer } from '../server.js';
import type { Session } from '../session.js';
import { text, type Action } from '../verb.js';

/** Measures the handful of figures that tell whether an installation is healthy; exit status 4 when one is not. */
export const bench: Action = async (session, _args, options) => {
  const { terminal, format, quiet } = session;
  const forMs = durationOf(text(options, 'for') ?? '6s');
  const named = addressesOf(text(options, 'server'), session.env);
  const there = isElsewhere(named);
  await session.connection();
  const progress = openPhases(session);
  const measuring = { session, dataDir: folderOf(session, named), isElsewhere: there, forMs };
  const readings = await measureInstallation({ ...measuring, say: progress.say }).finally(progress.end);
  const judged = figures.map((figure) =>
    judge(figure, readings[figure.name] ?? { failed: 'it was not measured' }, there),
  );
  await showFigures(terminal, format, judged, quiet);
  const where = `holdfast runs -n ${measuringNamespace}, holdfast du -n ${measuringNamespace}`;
  if (!quiet) terminal.note(`its runs stay, in no list that does not name their namespace: ${where}`);
  return judged.some(isFinding) ? exitStatus.difference : exitStatus.success;
};

/** A line that says what is being measured, and moves while it is. */
function openPhases({ terminal, clock }: Session) {
  const line = openStatusLine(terminal, clock);
  const startedAt = clock.monotonicMs();
  let what = '';
  let stop = () => {};
  const tick = () => {
    if (what !== '') line.show(`measuring ${what}, ${duration(clock.monotonicMs() - startedAt)}`);
    stop = clock.after(250, tick);
  };
  tick();
  return {
    say: (phase: string) => void (what = phase),
    end() {
      stop();
      line.end();
    },
  };
}

/** The data folder, when it is that of the server which is talked to. */
export function folderOf(
  { ownsServer, dataDir }: Pick<Session, 'ownsServer' | 'dataDir'>,
  named: Addresses | undefined,
): string | undefined {
  const isOurs = ownsServer || !named || runningServer(dataDir)?.address === named;
  return isOurs ? dataDir : undefined;
}

function durationOf(given: string): number {
  const ms = ageOf(given, '--for');
  if (ms >= 1_000 && ms <= 60_000) return ms;
  throw new DomainError('invalid', 'OPTION_INVALID', `--for is from 1s to 60s; found ${given}`);
}
