import type { Manifest, PinnedEnvironment } from '#domain/manifest';
import type { Lock } from './lock.js';
import { relock, type CatalogueAnswers, type ReportField } from './resolution.js';
import type { Blueprint } from './schema.js';

type Resolved = {
  readonly pinned: PinnedEnvironment;
  readonly declared: Manifest['declared']['environment'];
};

export function resolveEnvironment(
  { environment }: Blueprint,
  lock: Lock,
  { environments }: CatalogueAnswers,
  report: ReportField,
): Resolved {
  const { name, ...pinned } = lock.environment;
  const stale = (found: string) =>
    report('LOCK_STALE', 'environment', `the lock holds ${name}, ${pinned.kind}`, relock, found);
  if (typeof environment === 'string') {
    if (environment !== name) stale(environment);
  } else if ('host' in environment) {
    if (pinned.kind !== 'host-python') stale('an environment on the host');
  } else if (pinned.kind !== 'image' || `${pinned.image}@${pinned.digest}` !== environment.image) {
    stale(environment.image);
  }
  const known = environments.find(
    (registered) =>
      registered.environment === name &&
      registered.kind === pinned.kind &&
      registered.digest === pinned.digest &&
      registered.architecture === lock.architecture,
  );
  if (known === undefined) {
    const fix = 'register it with `holdfast environment register`, or lock again';
    report(
      'ENVIRONMENT_UNKNOWN',
      'environment',
      `${name} is not registered with this digest`,
      fix,
      pinned.digest,
    );
  }
  const location = known !== undefined && 'location' in known ? known.location : undefined;
  return { pinned, declared: { name, ...(location === undefined ? {} : { location }) } };
}
