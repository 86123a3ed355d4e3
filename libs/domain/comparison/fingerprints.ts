import type { Digest, Json, JsonObject } from '#kernel';
import { byLikelihood, type Difference } from './difference.js';
import { differingLeaves } from './leaves.js';

/** Two captured environments as a run's history knows them; `document` when its blob is at hand. */
export type CapturedEnvironment = {
  readonly sections: Readonly<Record<string, Digest>>;
  readonly document?: JsonObject;
};

/** Priors, like those of manifests: how well a section explains another result. Sections not named here are as good as `os`. */
const prior: Readonly<Record<string, number>> = {
  packages: 0.5,
  runtime: 0.5,
  libraries: 0.45,
  cpu: 0.4,
  gpu: 0.4,
  os: 0.25,
  locale: 0.2,
  clock: 0.1,
  memory: 0.05,
};

/** Sections of two fingerprints that differ, by name. */
export const differingSections = (a: CapturedEnvironment, b: CapturedEnvironment): string[] =>
  [...new Set([...Object.keys(a.sections), ...Object.keys(b.sections)])]
    .filter((name) => a.sections[name] !== b.sections[name])
    .sort();

/** What differs inside the sections of two fingerprints, likeliest cause first; whole sections where a document is missing. */
export function compareFingerprints(a: CapturedEnvironment, b: CapturedEnvironment): Difference[] {
  return differingSections(a, b)
    .flatMap((name): Difference[] => {
      const likelihood = prior[name] ?? (prior['os'] as number);
      const [x, y] = [sectionOf(a, name), sectionOf(b, name)];
      const path = `fingerprint.${name}`;
      const inside =
        x === undefined || y === undefined ? [] : differingLeaves('environment', path, x, y, likelihood);
      if (inside.length > 0) return inside;
      const [p, q] = [a.sections[name], b.sections[name]];
      return differingLeaves('environment', path, p, q, likelihood);
    })
    .sort(byLikelihood);
}

function sectionOf({ document }: CapturedEnvironment, name: string): Json | undefined {
  const sections = document?.['sections'] as JsonObject | undefined;
  const section = sections?.[name];
  return section === undefined ? undefined : byName(section);
}

/** Lists of named things become tables, so that one package has a name in the difference. */
function byName(value: Json): Json {
  if (Array.isArray(value)) {
    const pairs = (value as readonly Json[]).map(named);
    return pairs.length > 0 && pairs.every((pair) => pair !== undefined) ? Object.fromEntries(pairs) : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, byName(inner)]));
}

function named(item: Json): readonly [string, Json] | undefined {
  if (typeof item === 'string') {
    const [, name, version] = /^([\w.-]+)==(.+)$/.exec(item) ?? [];
    return name === undefined || version === undefined ? undefined : [name, version];
  }
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
  const { name, version, ...rest } = item as JsonObject;
  if (typeof name !== 'string') return undefined;
  return [name, version !== undefined && Object.keys(rest).length === 0 ? version : item];
}
