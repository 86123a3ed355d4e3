import { expect } from '@jest/globals';
import type { Newcomer, Said } from './command-line.js';

export const worked = (said: Said): Said => {
  if (said.status !== 0) throw new Error(`status ${said.status}\n${said.stdout}\n${said.stderr}`);
  return said;
};

/** What every first run ends with: a verdict, what proves it, and what to do next. */
export const verdict = (metrics: string) =>
  new RegExp(
    `^completed {2}default/train {2}run ([0-9a-f]{8}) {2}in [^\\n]+\\n\\n${metrics}\\n` +
      ' {2}key +sha256:[0-9a-f]{64}\\n {2}bundle +sha256:[0-9a-f]{64}\\n {2}isolation +\\w+[^]*' +
      'holdfast reproduce \\1\\n[^]*holdfast bundle \\1 --out \\1\\.holdfast\\n$',
  );

/** What it says beside. */
export const wroteLock = /^wrote holdfast\.lock[^]*\n {2}data\.penguins +sha256:[^]*no server was running/;

/** Why a first run is there, and everything that happened to it. */
export async function toldOfRun({ holdfast }: Pick<Newcomer, 'holdfast'>, run: string): Promise<void> {
  expect(worked(await holdfast('why', run)).stdout).toMatch(/person [0-9a-f]{8} said: holdfast run\n$/);
  const history = worked(await holdfast('history', run, '-o', 'jsonl'))
    .stdout.trim()
    .split('\n');
  expect(history.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
    ...['RunSubmitted', 'RunAdmitted', 'RunClaimed', 'RunStarted', 'StepCompleted', 'RunCompleted'],
    'BundleSealed',
  ]);
}
