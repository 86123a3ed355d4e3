import type { Json } from '#kernel';
import { found } from '#domain/declaration';
import type { ReportField } from './resolution.js';
import type { Blueprint } from './schema.js';

type Overridden = { readonly blueprint: Blueprint; readonly overrides: Readonly<Record<string, Json>> };

/** An override called `seed` is another root seed, unless the blueprint has a knob of that name. */
export function resolveSeed({ blueprint, overrides }: Overridden, report: ReportField): Overridden {
  if (!Object.hasOwn(overrides, 'seed') || Object.hasOwn(blueprint.knobs ?? {}, 'seed'))
    return { blueprint, overrides };
  const { seed = null, ...others } = overrides;
  if (typeof seed === 'number' && Number.isSafeInteger(seed) && seed >= 0)
    return { blueprint: { ...blueprint, seed }, overrides: others };
  const message = 'the root seed is a whole number from 0 to 2^53−1';
  report('SEED_INVALID', 'seed', message, 'write one, such as 7', found(seed));
  return { blueprint, overrides: others };
}
