import { readFile } from 'node:fs/promises';
import { proveTogether, readTilesOf } from '#apps/auditor/log';
import {
  parseCheckpoint,
  verifyInclusion,
  merkleLeafHash,
  parseLogProof,
  tilePath,
  type TileName,
} from '#evidence';
import { openFileTileStore } from '#tile-store/file';
import { eachSampleEvent, testSigner, writeLog } from '#verification/testing';
import type { Program, Readings } from '../harness/figure.js';
import { temporaryFolder } from '../support/folder.js';

const proofs = 500;

/** Proofs of single entries all over a log, each checked, and the files that each reads; beside those files read. */
export const evidenceProof: Program = async (full) => {
  const events = full ? 1_000_000 : 200_000;
  const folder = await temporaryFolder('proof');
  const dir = folder.at('log');
  await writeLog(dir, eachSampleEvent(events), [events], testSigner());
  const note = await readFile(folder.at('log', 'checkpoint'), 'utf8');
  const current = { note, checkpoint: parseCheckpoint(note) };
  const tiles = readTilesOf(await openFileTileStore({ dir }));
  const indexes = Array.from({ length: proofs }, (_, i) => Math.floor((i * (events - 1)) / (proofs - 1)));
  const files: TileName[][] = [];

  async function ours(): Promise<Readings> {
    // A server that has run for a while.
    for (const index of indexes) await Array.fromAsync(proveTogether([index], current, tiles));
    files.length = 0;
    const times: number[] = [];
    for (const index of indexes) {
      const own: TileName[] = [];
      const read = (name: TileName) => (own.push(name), tiles(name));
      const begun = performance.now();
      const [proven] = await Array.fromAsync(proveTogether([index], current, read));
      times.push(performance.now() - begun);
      const { hashes } = parseLogProof(proven?.proof ?? '');
      const { size, root } = current.checkpoint;
      if (!verifyInclusion(merkleLeafHash(proven?.leaf ?? new Uint8Array()), index, size, hashes, root))
        throw new Error(`the proof of ${index} does not hold`);
      files.push(own);
    }
    const most = (of: (name: TileName) => boolean) => Math.max(...files.map((own) => own.filter(of).length));
    return {
      'evidence-proof.time': slowest(times),
      'evidence-proof.tiles': most(({ level }) => level !== 'entries'),
      'evidence-proof.bundles': most(({ level }) => level === 'entries'),
    };
  }

  async function bare(): Promise<Readings> {
    const times: number[] = [];
    for (const own of files) {
      const begun = performance.now();
      for (const name of own) await readFile(`${dir}/${tilePath(name)}`);
      times.push(performance.now() - begun);
    }
    return {
      'evidence-proof.time': slowest(times),
      // Hashes of a path of this length are in so many tiles of 256.
      'evidence-proof.tiles': Math.ceil(Math.log2(events) / 8),
      'evidence-proof.bundles': 1,
    };
  }
  const smaller = full ? {} : { smaller: { 'evidence-proof.time': `${events} events` } };
  return { ours, bare, ...smaller, close: () => folder.remove() };
};

/** All but one in a hundred are faster. */
const slowest = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1] ?? NaN;
