import type { Problem } from '#kernel';
import type { Manifest } from '#domain/manifest';
import type { Lock } from './lock.js';
import { blueprintVersion } from './lock.js';
import { declaredOf, pinnedSteps, resourcesOf } from './manifest-parts.js';
import { relock, type Resolution, type ToResolve } from './resolution.js';
import { resolveData } from './resolve-data.js';
import { resolveEnvironment } from './resolve-environment.js';
import { resolveKnobs } from './resolve-knobs.js';
import { resolveSecrets } from './resolve-secrets.js';
import { resolveSeed } from './resolve-seed.js';
import { splitName, type Blueprint } from './schema.js';

/** What to ask the catalogue before resolving. */
export const catalogueQuestions = (blueprint: Blueprint, lock: Lock) => ({
  knobs: Object.keys(blueprint.knobs ?? {}).sort(),
  datasets: [...new Set(Object.values(lock.data).map(({ dataset }) => dataset))].sort(),
  environment: lock.environment.digest,
});

/**
 * The manifest of a blueprint as its lock pins it, or everything that prevents it: what moved since the lock, what the
 * catalogue does not know, values it does not take. Whether blobs are there is for the caller (`requiredBlobs`).
 */
export function resolve({ document, lock, answers, ...given }: ToResolve): Resolution {
  const problems: Problem[] = [];
  const report = (code: string, field: string, message: string, fix: string, found?: string) =>
    void problems.push({ code, field, message, fix, ...(found === undefined ? {} : { found }) });
  const asked = { blueprint: given.blueprint, overrides: given.overrides ?? {} };
  const { blueprint, overrides } = resolveSeed(asked, report);
  if (lock.blueprint !== blueprint.blueprint)
    report('LOCK_STALE', 'blueprint', `the lock is of ${lock.blueprint}`, relock, blueprint.blueprint);
  if ('git' in blueprint.code && blueprint.code.commit !== lock.code.commit)
    report('LOCK_STALE', 'code.commit', 'the lock is of another commit', relock, lock.code.commit ?? 'none');
  if (blueprint.architecture !== undefined && blueprint.architecture !== lock.architecture)
    report(
      'LOCK_STALE',
      'architecture',
      `the lock is for ${lock.architecture}`,
      relock,
      blueprint.architecture,
    );
  const environment = resolveEnvironment(blueprint, lock, answers, report);
  const data = resolveData(blueprint, lock, answers, report);
  const knobs = resolveKnobs(blueprint, answers, overrides, problems);
  const secrets = resolveSecrets(blueprint, lock, report);
  if (problems.length > 0) return { problems };
  const { tree, sizeBytes } = lock.code;
  const { determinism = {}, isolation = null, seed } = blueprint;
  const manifest: Manifest = {
    v: 1,
    pinned: {
      code: { tree, sizeBytes },
      environment: environment.pinned,
      data,
      knobs,
      seed: { root: seed, method: 'hkdf-sha256/1' },
      determinism: {
        sourceDateEpoch: determinism.sourceDateEpoch ?? lock.sourceDateEpoch,
        network: determinism.network ?? false,
        variables: determinism.variables ?? {},
      },
      steps: pinnedSteps(blueprint),
      resources: resourcesOf(blueprint),
      isolation,
      architecture: lock.architecture,
      secrets,
    },
    declared: {
      blueprint: { ...splitName(blueprint.blueprint), version: blueprintVersion(document, lock) },
      environment: environment.declared,
      ...declaredOf(blueprint, lock),
    },
  };
  return { manifest, problems };
}
