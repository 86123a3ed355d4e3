import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { formatVerifierKey } from '#evidence';
import { eachSampleEvent, origin, testSigner, writeEventStore, writeLog } from '#verification/testing';
import type { Program } from '../harness/figure.js';
import { temporaryFolder } from '../support/folder.js';
import { embeddedHeap } from '../support/server.js';

const program = new URL('../support/verify-process.js', import.meta.url).pathname;

/** The whole log, by two threads, in a process of its own with the heap of the embedded server; memory beside that of a tenth of it. */
export const evidenceVerify: Program = async (full) => {
  const events = full ? 1_000_000 : 200_000;
  const folder = await temporaryFolder('verify');
  const signer = testSigner();
  for (const [name, count] of [
    ['all', events],
    ['tenth', events / 10],
  ] as const) {
    writeEventStore(folder.at(name, 'events.sqlite'), eachSampleEvent(count));
    await writeLog(folder.at(name, 'log'), eachSampleEvent(count), [count], signer);
  }
  const key = formatVerifierKey(origin, signer.publicKey);
  const measured = async (how: 'ours' | 'bare', name: 'all' | 'tenth') => {
    const count = name === 'all' ? events : events / 10;
    const args = [
      ...['--no-warnings', ...embeddedHeap.nodeArgs],
      ...[program, how],
      `sqlite:${folder.at(name, 'events.sqlite')}`,
      folder.at(name, 'log'),
      String(count),
      key,
    ];
    const env = { ...embeddedHeap.env, ...process.env };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    return JSON.parse(stdout) as { rate: number; peakMb: number };
  };
  return {
    async ours() {
      const { rate, peakMb } = await measured('ours', 'all');
      return {
        'evidence-verify.rate': rate,
        'evidence-verify.time': 1e6 / rate,
        'evidence-verify.memory': peakMb,
      };
    },
    async bare() {
      const { rate } = await measured('bare', 'all');
      const { peakMb } = await measured('ours', 'tenth');
      return {
        'evidence-verify.rate': rate,
        'evidence-verify.time': 1e6 / rate,
        'evidence-verify.memory': peakMb,
      };
    },
    ...(full
      ? {}
      : {
          smaller: {
            'evidence-verify.rate': `${events} events`,
            'evidence-verify.memory': `${events} events`,
          },
        }),
    close: () => folder.remove(),
  };
};
