import { assertNoProblems, type Json } from '#kernel';
import { resolve } from '#domain/blueprint';
import { reproducibilityKey } from '#domain/manifest';
import { exitStatus, type ExitStatus } from '../exit-status.js';
import {
  askCatalogue,
  blobsOf,
  knobsOf,
  knobsToDeclare,
  lockTarget,
  missingOf,
  placedIn,
  readSet,
  type LockedExperiment,
} from '../experiment/index.js';
import { showOne } from '../output/format.js';
import { facts } from '../output/table.js';
import { bytes, nounOf } from '../output/units.js';
import type { Session } from '../session.js';
import { texts, type Options } from '../verb.js';

/** What `run` would declare and what admission would say, with nothing recorded anywhere; a missing lock is not written. */
export async function dryRun(session: Session, file: string, options: Options): Promise<ExitStatus> {
  const { terminal, format } = session;
  const locked = await lockTarget(session, file, { frozen: options['frozen'] === true, write: false });
  try {
    const { experiment, lock } = locked;
    const catalogue = askCatalogue(() => session.connection(), experiment.namespace);
    const known = await catalogue.knobs();
    const fresh = knobsToDeclare(experiment, known);
    const knobs = knobsOf(experiment, known, fresh);
    const overrides = readSet(texts(options, 'set'), knobs);
    const { manifest, problems } = resolve({
      blueprint: experiment.blueprint,
      document: experiment.document,
      lock,
      overrides,
      answers: {
        knobs,
        retiredKnobs: [...known].filter(([, { retired }]) => retired).map(([name]) => name),
        datasets: datasetsOf(locked),
        environments: locked.environment ? [locked.environment] : await catalogue.findEnvironments(),
      },
    });
    assertNoProblems(placedIn(experiment, problems), 'RUN_REJECTED');
    if (manifest === undefined) throw new Error('what has no problem was resolved');
    const { registry } = await session.connection();
    const missing = await missingOf(registry, blobsOf(locked));
    const key = reproducibilityKey(manifest);
    const upload = missing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const json: Json = {
      reproducibilityKey: key,
      knobs: fresh as unknown as Json,
      upload: { blobs: missing.length, sizeBytes: upload },
      lock: lock as unknown as Json,
    };
    await showOne(terminal, format, json, () =>
      [
        'would be admitted',
        facts([
          ['  key', key],
          ['  declares', fresh.map(({ knob }) => knob).join(', ')],
          ['  uploads', missing.length === 0 ? '' : `${nounOf(missing.length, 'blob')}, ${bytes(upload)}`],
        ]),
      ].join('\n'),
    );
    return exitStatus.success;
  } finally {
    await locked.close();
  }
}

/** Columns are looked at by the server, once it has the bytes. */
const datasetsOf = ({ lock }: LockedExperiment) =>
  Object.fromEntries(
    Object.values(lock.data).map(({ dataset, digest, format }) => [dataset, { digest, format }]),
  );
