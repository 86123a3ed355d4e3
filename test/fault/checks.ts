import { join } from 'node:path';
import { digestBytes } from '#evidence';
import { digestsOnDisk } from '#artifact-store/testing';
import type { Connection } from '#rpc';
import { rebuildAll } from '../support/rebuild-all.js';
import { staying } from '../support/staying.js';
import { findingsOfLog } from '../support/verified-log.js';
import { findingsIn, historyWhen, type Expected } from './history.js';
import type { ServerProcess } from './server-process.js';
import { traces, type StepRecord } from './traces.js';
import type { Answer, Command } from './workload.js';

/** What was answered before a kill is known now, at the position that was promised, before anything is sent again. */
export async function forgotten(
  connection: Connection,
  answers: Iterable<readonly [Command, Answer]>,
): Promise<string[]> {
  const found: string[] = [];
  for (const [{ name, look }, known] of answers) {
    const seen = await look(connection, known).catch((cause: unknown) => {
      throw new Error(`${name}: ${String(known.answer)} was answered, now: ${String(cause)}`, { cause });
    });
    if (seen !== known.answer)
      found.push(`${name}: ${String(known.answer)} was answered, now it is ${String(seen)}`);
  }
  return found;
}

/** The commands are sent again; what was answered before is answered again. */
export async function sendAgain(
  connection: Connection,
  commands: readonly Command[],
  answers: Map<Command, Answer>,
): Promise<string[]> {
  const found: string[] = [];
  for (const command of commands) {
    const given = await command.send(connection);
    const before = answers.get(command) ?? given;
    answers.set(command, before);
    if (before.answer !== given.answer)
      found.push(`${command.name}: ${String(given.answer)}, before it was ${String(before.answer)}`);
  }
  return found;
}

/** All comes to its end, each thing once; then nothing half written and nothing of any step is there. */
export async function unsettled(
  server: ServerProcess,
  dataDir: string,
  expected: Expected,
  steps: readonly StepRecord[],
): Promise<string[]> {
  const found = findingsIn(await historyWhen(server, expected), expected);
  const left = await staying(() => traces(dataDir, steps, server.pid), server.gone);
  return [...found, ...left];
}

/** The whole of every store: read models are what history says, blobs what their names say, and the audit log what the event store has. */
export async function unsound(connection: Connection, dataDir: string): Promise<string[]> {
  await rebuildAll(connection);
  const found: string[] = [];
  const digests = await digestsOnDisk(join(dataDir, 'artifacts'));
  if (digests.length === 0) found.push('no blob is there');
  for (const digest of digests) {
    const parts: Buffer[] = [];
    for await (const { data } of connection.provenance.getBlob({ digest, offset: 0 }))
      parts.push(Buffer.from(data));
    const served = digestBytes(Buffer.concat(parts));
    if (served !== digest) found.push(`${digest} is served as ${served}`);
  }
  for await (const { corrupt, missing } of connection.provenance.scrub({}))
    found.push(...[...corrupt, ...missing].map((digest) => `the scrub found ${digest} wrong`));
  found.push(...(await findingsOfLog(connection)));
  return found;
}
