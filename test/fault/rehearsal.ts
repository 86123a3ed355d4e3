import { chmod, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kernel';
import { digestBytes } from '#evidence';
import type { Connection } from '#rpc';
import { declare, ended, submit } from '../support/experiment.js';
import { rebuildAll } from '../support/rebuild-all.js';
import { findingsIn, historyWhen, isSettled, type Expected } from './history.js';
import { NotStarted, startServer, type ServerProcess } from './server-process.js';
import { recorded, traces } from './traces.js';
import { commandsOf, forest, seedling, type Answer, type Command } from './workload.js';

/** A data folder in which experiments are declared and one run has been made a baseline. */
export interface Prepared {
  readonly dataDir: string;
  readonly original: string;
}

export async function prepare(): Promise<Prepared> {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-before-'));
  const server = await startServer(dataDir);
  await declare(server, forest);
  await declare(server, seedling);
  const { id: original } = await ended(server, await submit(server, forest));
  for (const { name, send } of commandsOf(0, original))
    if (name.startsWith('baseline')) await send(server.connection);
  await historyWhen(server, isSettled({ runs: 1, reproductions: 0, comparisons: 0 }));
  await server.end('SIGTERM');
  return { dataDir, original };
}

/** How long after its last answer a server that is being killed may be there. */
const patienceMs = 5_000;
/** More than any point needs. */
const mostRounds = 6;

const expectedAfter = (rounds: number): Expected => ({
  runs: 1 + 4 * rounds,
  reproductions: rounds,
  comparisons: rounds,
});

/** What was promised before the end. */
interface Promised {
  readonly rounds: number;
  readonly commands: readonly Command[];
  readonly answers: ReadonlyMap<Command, Answer>;
}

/** All is still to be done. */
const unpromised = (original: string): Promised => ({
  rounds: 1,
  commands: commandsOf(1, original),
  answers: new Map(),
});

function killedAsItStarts(error: unknown): undefined {
  if (!(error instanceof NotStarted) || error.signal !== 'SIGKILL') throw error;
}

/** Works until the server is gone. */
async function workUntilKilled(server: ServerProcess, original: string): Promise<Promised> {
  const commands: Command[] = [];
  const answers = new Map<Command, Answer>();
  for (let rounds = 1; rounds <= mostRounds; rounds++) {
    const next = commandsOf(rounds, original);
    commands.push(...next);
    try {
      for (const command of next) answers.set(command, await command.send(server.connection));
      await historyWhen(server, isSettled(expectedAfter(rounds)));
    } catch (error) {
      const end = await Promise.race([server.exited, systemClock.sleep(patienceMs)]);
      if (end?.signal !== 'SIGKILL') throw error;
      return { rounds, commands, answers };
    }
  }
  throw new Error(`the point was not reached in ${mostRounds} rounds`);
}

/**
 * A server on a copy of what was prepared works, is killed at `point#n`, and is started again. @returns all that is wrong after
 * that; empty when nothing was lost, doubled, half written or left behind
 */
export async function rehearse(prepared: Prepared, fault: string): Promise<string[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-killed-'));
  // Steps run as somebody else and must find their folders.
  await chmod(dataDir, 0o755);
  await cp(prepared.dataDir, dataDir, { recursive: true, preserveTimestamps: true });
  const running: ServerProcess[] = [];
  try {
    const first = await startServer(dataDir, { HOLDFAST_FAULT: fault }).catch(killedAsItStarts);
    if (first) running.push(first);
    const promised = first ? await workUntilKilled(first, prepared.original) : unpromised(prepared.original);
    const orphans = await recorded(dataDir);
    const second = await startServer(dataDir);
    running.push(second);
    const found = await findingsAfter(second, dataDir, promised);
    const { status, stderr } = await second.end('SIGTERM');
    if (status !== 0) found.push(`the second server ended with ${status}: ${stderr}`);
    return [...found, ...(await traces(dataDir, orphans))];
  } finally {
    for (const server of running) await server.end('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function findingsAfter(
  server: ServerProcess,
  dataDir: string,
  { rounds, commands, answers }: Promised,
): Promise<string[]> {
  const { connection } = server;
  const found: string[] = [];
  // What was answered before is known now, at the position that was promised, before anything is sent again.
  for (const [command, known] of answers) {
    const seen = await command.look(connection, known).catch(String);
    if (seen !== known.answer)
      found.push(`${command.name}: ${String(known.answer)} was answered, now it is ${String(seen)}`);
  }
  for (const command of commands) {
    const { answer } = await command.send(connection);
    const before = answers.get(command)?.answer ?? answer;
    if (before !== answer) found.push(`${command.name}: ${String(answer)}, before it was ${String(before)}`);
  }
  const expected = expectedAfter(rounds);
  const events = await historyWhen(server, isSettled(expected));
  found.push(...findingsIn(events, expected));
  await rebuildAll(connection).catch((error: unknown) => found.push(String(error)));
  found.push(...(await badBlobs(connection, dataDir)));
  return found;
}

/** Every blob that is here, as it is served and as a scrub sees it. */
async function badBlobs({ provenance }: Connection, dataDir: string): Promise<string[]> {
  const found: string[] = [];
  const files = await readdir(join(dataDir, 'artifacts'), { recursive: true });
  const digests = files.flatMap((path) => /[0-9a-f]{64}$/.exec(path.replaceAll('/', ''))?.[0] ?? []);
  if (digests.length === 0) found.push('no blob is there');
  for (const hex of new Set(digests)) {
    const parts: Buffer[] = [];
    for await (const { data } of provenance.getBlob({ digest: `sha256:${hex}`, offset: 0 }))
      parts.push(Buffer.from(data));
    const served = digestBytes(Buffer.concat(parts));
    if (served !== `sha256:${hex}`) found.push(`sha256:${hex} is served as ${served}`);
  }
  for await (const { corrupt, missing } of provenance.scrub({}))
    found.push(...[...corrupt, ...missing].map((digest) => `the scrub found ${digest} wrong`));
  return found;
}
