import { rm } from 'node:fs/promises';
import { systemClock } from '#kernel';
import { staying } from '../support/staying.js';
import { forgotten, sendAgain, unsettled, unsound } from './checks.js';
import { historyWhen, type Expected } from './history.js';
import { copyOf, type Prepared } from './prepared.js';
import { NotStarted, startServer, type ServerProcess } from './server-process.js';
import { recorded, traces, type StepRecord } from './traces.js';
import { commandsOf, type Answer, type Command } from './workload.js';

/** How long after its last answer a server that is being killed may be there. */
const patienceMs = 60_000;
/** Rounds of work of one server: more than any point needs. */
const mostRounds = 6;
/** After so many kills it is seen that all has come to its end; what was answered is known, and answered again, after each. */
const settledAfter = 2;
/** After so many kills the whole of every store is gone through; and at the end. */
const wholeAfter = 8;

/** So many kills in a row may come before a recovery is over; the workload's runs may be repeated oftener. */
const mostUntold = 4;

const expectedAfter = (rounds: number): Expected => ({
  runs: 1 + 4 * rounds,
  reproductions: rounds,
  comparisons: rounds,
});

/**
 * An installation that is killed at each of the faults in turn: the server that has to recover from one kill is the one
 * that the next fault ends, be it while it recovers. It dies of its first finding.
 * @param tell for each fault all that was wrong after it; empty when nothing was lost, doubled, half written or left behind
 * @returns how many of the faults have been told of
 */
export async function live(
  prepared: Prepared,
  faults: readonly string[],
  tell: (fault: string, findings: readonly string[]) => void,
): Promise<number> {
  const { original } = prepared;
  const dataDir = await copyOf(prepared);
  const [killed, untold, orphans]: [string[], string[], StepRecord[]] = [[], [], []];
  /** Sent since all was last seen to be well, and what was answered in the whole life. */
  let sent: Command[] = [];
  const answers = new Map<Command, Answer>();
  let [rounds, wholeAt, told] = [0, wholeAfter, 0];
  let server: ServerProcess | undefined;

  /** What was found since all was last well; kept when the server is killed while there is more to look at. */
  const found: string[] = [];

  const say = (): boolean => {
    const how = `killed in turn at HOLDFAST_FAULT_POINTS=${[...new Set([...killed, ...untold])].join()}, which repeats it`;
    for (const fault of untold) tell(fault, found.length === 0 ? [] : [how, ...found]);
    told += untold.splice(0).length;
    return found.length === 0;
  };
  const known = async ({ connection }: ServerProcess, whole: boolean): Promise<void> => {
    const those = whole ? [...answers] : [...answers].filter(([command]) => sent.includes(command));
    found.push(...(await forgotten(connection, those)));
    found.push(...(await sendAgain(connection, sent, answers)));
  };
  const check = async (one: ServerProcess, last: boolean): Promise<void> => {
    const { connection } = one;
    const whole = last || killed.length >= wholeAt;
    await known(one, whole);
    found.push(...(await unsettled(one, dataDir, expectedAfter(rounds), orphans)));
    if (whole) found.push(...(await unsound(connection, dataDir)));
    if (whole) wholeAt = killed.length + wholeAfter;
    sent = [];
  };
  const stop = async (one: ServerProcess): Promise<boolean> => {
    const { status, stderr } = await one.end('SIGTERM');
    if (status !== 0) found.push(`a server ended with ${status}: ${stderr}`);
    found.push(...(await staying(() => traces(dataDir, orphans))));
    return say();
  };
  const work = async (one: ServerProcess) => {
    for (let round = 0; round < mostRounds; round++) {
      const commands = commandsOf(++rounds, original);
      sent.push(...commands);
      await sendAgain(one.connection, commands, answers);
      await historyWhen(one, expectedAfter(rounds));
    }
    throw new Error(`the point was not reached in ${mostRounds} rounds`);
  };

  try {
    for (const fault of faults) {
      if (untold.length === mostUntold) {
        server = await startServer(dataDir);
        await check(server, false);
        if (!(await stop(server))) return told;
      }
      server = undefined;
      try {
        server = await startServer(dataDir, { HOLDFAST_FAULT: fault }).catch(killedAsItStarts);
        if (server && untold.length >= settledAfter) {
          await check(server, false);
          if (!say()) return told;
        } else if (server) await known(server, false);
        if (server) await work(server);
      } catch (error) {
        const enough = new AbortController();
        const end = await Promise.race([server?.exited, systemClock.sleep(patienceMs, enough.signal)]);
        enough.abort();
        if (end?.signal !== 'SIGKILL') {
          // Of this one too: it may be what was not reached.
          untold.push(fault);
          throw error;
        }
        if (found.length > 0 && !say()) return told;
      }
      await server?.end('SIGKILL');
      killed.push(fault);
      untold.push(fault);
      orphans.push(...(await recorded(dataDir)));
    }
    server = await startServer(dataDir);
    await check(server, true);
    await stop(server);
  } catch (error) {
    found.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    say();
  } finally {
    await server?.end('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  }
  return told;
}

function killedAsItStarts(error: unknown): undefined {
  if (!(error instanceof NotStarted) || error.signal !== 'SIGKILL') throw error;
}
