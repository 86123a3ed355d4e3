import { assertNoProblems, type Problem } from '#kernel';
import type { HashedTree } from '#evidence/files';
import type { Lock } from '#domain/blueprint';
import type { EnvironmentDeclaration } from '#domain/environment';
import { version } from '../version.js';
import type { CatalogueQuestions } from './catalogue-questions.js';
import { lockCode, placed, type LockOptions } from './lock-code.js';
import { lockData, type LocalData } from './lock-data.js';
import { lockEnvironment } from './lock-environment.js';
import type { Experiment } from './read-experiment.js';

/** An experiment with everything it names pinned, and where on this disk the pinned bytes are. */
export interface LockedExperiment {
  readonly experiment: Experiment;
  readonly lock: Lock;
  readonly code: HashedTree;
  readonly local: Readonly<Record<string, LocalData>>;
  /** To register; absent when the catalogue has it already. */
  readonly environment: EnvironmentDeclaration | undefined;
  /** Removes what was laid out for it. */
  close(): Promise<void>;
}

/**
 * Replaces every reference of an experiment by a digest. The catalogue is asked only for what is neither in the folder nor built in
 * nor pinned by the earlier lock for good.
 * @throws LOCK_REFUSED with every problem
 */
export async function lockExperiment(
  experiment: Experiment,
  earlier: Lock | undefined,
  catalogue: CatalogueQuestions,
  options: LockOptions,
): Promise<LockedExperiment> {
  const problems: Problem[] = [];
  const found = await Promise.allSettled([
    lockCode(experiment, problems, options),
    lockData(experiment, earlier, catalogue.findDataset, problems, options),
    lockEnvironment(experiment, catalogue.findEnvironments, problems, options.cache),
  ]);
  const [code, data, environment] = found;
  const close = code.status === 'fulfilled' ? code.value.close : async () => {};
  try {
    const failed = found.find((part) => part.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const secrets = lockSecrets(experiment, earlier, problems);
    assertNoProblems(problems, 'LOCK_REFUSED');
    if (code.status !== 'fulfilled' || data.status !== 'fulfilled' || environment.status !== 'fulfilled')
      throw new Error('a part failed without a reason');
    if (code.value.code === undefined || environment.value === undefined)
      throw new Error('a part is missing without a problem');
    const { pin, sourceDateEpoch, hashed } = code.value.code;
    const lock: Lock = {
      v: 1,
      holdfast: version,
      blueprint: experiment.blueprint.blueprint,
      architecture: environment.value.architecture,
      code: pin,
      sourceDateEpoch,
      environment: environment.value.pin,
      data: data.value.pins,
      ...(Object.keys(secrets).length > 0 ? { secrets } : {}),
    };
    return {
      experiment,
      lock,
      code: hashed,
      local: data.value.local,
      environment: environment.value.declaration,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A reference that names no version keeps the one that an earlier lock names; nothing here can look one up. */
function lockSecrets(
  experiment: Experiment,
  earlier: Lock | undefined,
  problems: Problem[],
): Record<string, string> {
  const pinned: Record<string, string> = {};
  for (const [name, reference] of Object.entries(experiment.blueprint.secrets ?? {})) {
    if (reference.includes('@')) continue;
    const known = earlier?.secrets?.[name];
    if (known !== undefined) pinned[name] = known;
    else
      problems.push(
        placed(experiment, ['secrets', name], {
          code: 'SECRET_UNPINNED',
          field: `secrets.${name}`,
          message: 'has no version, and another version may give another result',
          fix: `write it with its version, like ${reference}@1`,
        }),
      );
  }
  return pinned;
}
