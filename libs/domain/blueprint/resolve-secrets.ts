import type { Manifest } from '#domain/manifest';
import type { Lock } from './lock.js';
import type { ReportField } from './resolution.js';
import type { Blueprint } from './schema.js';

type Secrets = Manifest['pinned']['secrets'];

/** Reference and version of each secret; a version stands in the reference or in the lock. */
export function resolveSecrets({ secrets = {} }: Blueprint, lock: Lock, report: ReportField): Secrets {
  const resolved = Object.entries(secrets).map(([name, text]) => {
    const [reference = '', written] = text.split('@');
    const version = written ?? (Object.hasOwn(lock.secrets ?? {}, name) ? lock.secrets?.[name] : undefined);
    if (version === undefined) {
      const fix = `write it with its version, like ${reference}@3`;
      report(
        'SECRET_UNPINNED',
        `secrets.${name}`,
        'has no version, and another version may give another result',
        fix,
      );
    }
    return [name, { reference, version: version ?? '' }] as const;
  });
  return Object.fromEntries(resolved);
}
