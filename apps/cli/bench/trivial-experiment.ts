import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measuringNamespace } from '#domain/declaration';
import { askCatalogue } from '../experiment/catalogue-questions.js';
import { declareExperiment, type DeclaredBlueprint } from '../experiment/declare-experiment.js';
import { lockHere } from '../experiment/lock-here.js';
import { defaultFile, readExperiment } from '../experiment/read-experiment.js';
import type { Session } from '../session.js';

/** Of a shell and nothing else: what it takes is what is put around it. */
const script = `#!/bin/sh
printf '{"name":"done","value":1}\\n' > "$HOLDFAST_METRICS"
printf '%s\\n' "$HOLDFAST_RUN_KEY" > "$HOLDFAST_OUTPUTS/key.txt"
`;

const blueprint = `
blueprint: ${measuringNamespace}/trivial
why: How long does a run take that does nothing?
code: { path: ./src }
environment: node-${process.versions.node.split('.')[0]}
knobs: { sample: 0 }
seed: 1
steps: { nothing: { run: [./nothing.sh], out: { key: key.txt } } }
`;

export const reason = 'holdfast bench: a measurement, nobody’s experiment';

/** Makes the experiment known whose runs are measured; from the second time on it is. */
export async function declareTrivial(session: Session): Promise<DeclaredBlueprint> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    await mkdir(join(folder, 'src'));
    await writeFile(join(folder, 'src', 'nothing.sh'), script, { mode: 0o755 });
    await writeFile(join(folder, defaultFile), blueprint);
    const experiment = await readExperiment(folder);
    const locked = await lockHere(session, experiment, undefined);
    try {
      const catalogue = askCatalogue(() => session.connection(), measuringNamespace);
      return await declareExperiment(session, locked, catalogue, { reason, frozen: false });
    } finally {
      await locked.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
