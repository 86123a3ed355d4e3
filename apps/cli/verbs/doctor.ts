import { exitStatus } from '../exit-status.js';
import { checkDataFolder } from '../doctor/check-data-folder.js';
import { checkMachine } from '../doctor/check-machine.js';
import { checkSandbox } from '../doctor/check-sandbox.js';
import { checkServer } from '../doctor/check-server.js';
import type { Finding } from '../doctor/finding.js';
import { showOne } from '../output/format.js';
import { paint, printable, type Terminal } from '../output/terminal.js';
import { nounOf } from '../output/units.js';
import { retryAllParked } from '../view/parked.js';
import { plain } from '../view/plain.js';
import { addressesOf, addressText, isElsewhere } from '../addresses.js';
import { runningServer } from '../server.js';
import { flag, text, type Action } from '../verb.js';

/** Looks at an installation and says what is wrong with it and the way out; exit status 4 when something is. */
export const doctor: Action = async (session, _args, options) => {
  const { terminal, format, quiet, dataDir, env, clock } = session;
  const named = addressesOf(text(options, 'server'), env) ?? runningServer(dataDir)?.address;
  const where = () =>
    named === undefined ? `one was started on ${dataDir} for this look` : addressText(named);
  if (flag(options, 'retryParked')) {
    const { handled, left } = await retryAllParked(await session.connection());
    terminal.note(`${nounOf(handled, 'event')} that had been put aside handled, ${left} left`);
  }
  const findings: Finding[] = [
    ...(await checkMachine(env)),
    ...(isElsewhere(named) ? [] : [...(await checkDataFolder(dataDir, clock)), ...(await checkSandbox())]),
    ...(await checkServer(session.connection, where, clock)),
  ];
  const wrong = findings.filter(({ level }) => level !== 'ok');
  if (format === 'table' || format === 'wide') {
    if (quiet) wrong.forEach(({ check }) => terminal.out(check));
    else terminal.out(findingsText(terminal, findings));
  } else {
    const shown = findings.map((finding) => plain(finding));
    await showOne(terminal, format, shown, () => '');
  }
  if (!quiet) terminal.note(wrong.length === 0 ? 'nothing is wrong' : `${nounOf(wrong.length, 'finding')}`);
  return wrong.length === 0 ? exitStatus.success : exitStatus.difference;
};

const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

/** One line each, and under what is wrong the way out. */
function findingsText(terminal: Terminal, findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings
    .flatMap(({ level, check, found, fix }) => [
      `${paint(terminal, colours[level], level.padEnd(4))}  ${check.padEnd(width)}  ${printable(found)}`,
      ...(fix === undefined ? [] : [`${' '.repeat(width + 8)}→ ${printable(fix)}`]),
    ])
    .join('\n');
}
