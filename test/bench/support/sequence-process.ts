import { hash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startSequencer } from '#apps/auditor/log';
import { openSharedEngines } from '#engines';
import { openFileTileStore } from '#tile-store/file';
import { systemClock } from '#kernel';
import { testSigner } from '#verification/testing';
import { residentMb } from './process-use.js';

const [how = '', folder = '', given = ''] = process.argv.slice(2);
const count = Number(given);

/** From the event store to a signed checkpoint of all of it. */
async function ours(): Promise<number> {
  const engines = await openSharedEngines({
    eventStore: { engine: 'sqlite', at: join(folder, 'events.sqlite') },
    messageBus: { engine: 'memory', at: '' },
    artifactStore: { engine: 'file', at: join(folder, 'artifacts') },
    people: { engine: 'file', at: join(folder, 'people') },
  });
  const readStore = await engines.openReadStore({
    engine: 'sqlite',
    at: join(folder, `views-${process.pid}.sqlite`),
  });
  const tiles = await openFileTileStore({ dir: join(folder, `log-${process.pid}`) });
  const signer = testSigner();
  const begun = performance.now();
  const sequencer = startSequencer({
    ...{ eventStore: engines.eventStore, readStore, clock: systemClock, owner: String(process.pid) },
    tiles: () => Promise.resolve(tiles),
    signer: () => Promise.resolve(signer),
    keyChain: { statements: () => Promise.resolve([]), rotate: () => Promise.resolve() },
    onError: (error) => process.stderr.write(`${String(error)}\n`),
  });
  while (sequencer.writing()?.published.size !== count) await systemClock.sleep(2);
  const seconds = (performance.now() - begun) / 1000;
  await sequencer.close();
  await readStore.close();
  await engines.close();
  return seconds;
}

/** The same rows read by the bare engine, two hashes and a node for each, the same files written without a sync. */
function bare(): number {
  const begun = performance.now();
  const database = new DatabaseSync(join(folder, 'events.sqlite'), { readOnly: true });
  const out = join(folder, `bare-${process.pid}`);
  mkdirSync(out);
  let [hashes, entries, tile]: [Buffer[], Buffer[], number] = [[], [], 0];
  let node: Buffer = Buffer.alloc(32);
  const rows = database.prepare('SELECT seq, revision, event_id, bytes FROM events ORDER BY seq').iterate();
  for (const { seq, revision, event_id: id, bytes } of rows) {
    const leaf = Buffer.from(
      `{"bytesSha256":"${hash('sha256', bytes as Uint8Array)}","eventId":"${Buffer.from(id as Uint8Array).toString('hex')}","index":"${seq}","recordedAt":"2026-11-27T00:00:00.000Z","revision":"${revision}"}`,
    );
    const leafHash = hash('sha256', Buffer.concat([Buffer.of(0), leaf]), 'buffer');
    node = hash('sha256', Buffer.concat([Buffer.of(1), node, leafHash]), 'buffer');
    hashes.push(leafHash);
    entries.push(leaf);
    if (hashes.length < 256) continue;
    writeFileSync(join(out, `${tile}`), Buffer.concat(hashes));
    writeFileSync(join(out, `${tile++}.entries`), Buffer.concat(entries));
    [hashes, entries] = [[], []];
  }
  database.close();
  return (performance.now() - begun) / 1000;
}

const seconds = how === 'ours' ? await ours() : bare();
process.stdout.write(JSON.stringify({ rate: count / seconds, peakMb: residentMb(process.pid, 'most') }));
