import { execFile } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { eachSampleEvent, writeEventStore } from '#verification/testing';
import type { Program } from '../harness/figure.js';
import { temporaryFolder } from '../support/folder.js';
import { embeddedHeap } from '../support/server.js';

const program = new URL('../support/sequence-process.js', import.meta.url).pathname;

/** From the event store to a signed checkpoint of all of it, in a process of its own; memory beside that of a tenth of it. */
export const evidenceSequence: Program = async (full) => {
  const events = full ? 1_000_000 : 200_000;
  const folder = await temporaryFolder('sequence');
  for (const [name, count] of [
    ['all', events],
    ['tenth', events / 10],
  ] as const) {
    const path = folder.at(name, 'events.sqlite');
    writeEventStore(path, eachSampleEvent(count));
    const database = new DatabaseSync(path);
    // What the embedded event store knows its own files by.
    database.exec(`PRAGMA application_id = ${Buffer.from('HFev').readInt32BE()}; PRAGMA user_version = 2`);
    database.close();
  }
  const measured = async (how: 'ours' | 'bare', name: 'all' | 'tenth') => {
    const count = name === 'all' ? events : events / 10;
    const args = ['--no-warnings', ...embeddedHeap.nodeArgs, program, how, folder.at(name), String(count)];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...embeddedHeap.env, ...process.env },
    });
    return JSON.parse(stdout) as { rate: number; peakMb: number };
  };
  const figures = (rate: number, peakMb: number) => ({
    'evidence-sequence.rate': rate,
    'evidence-sequence.memory': peakMb,
  });
  return {
    async ours() {
      const { rate, peakMb } = await measured('ours', 'all');
      return figures(rate, peakMb);
    },
    async bare() {
      const { rate } = await measured('bare', 'all');
      const { peakMb } = await measured('ours', 'tenth');
      return figures(rate, peakMb);
    },
    ...(full
      ? {}
      : {
          smaller: {
            'evidence-sequence.rate': `${events} events`,
            'evidence-sequence.memory': `${events} events`,
          },
        }),
    close: () => folder.remove(),
  };
};
