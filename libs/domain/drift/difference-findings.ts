import { differingSections, type CapturedEnvironment, type Difference } from '#domain/comparison';
import type { DriftFinding, Suspect } from './events.js';

const shownInside = 8;

/** One finding for each section of the fingerprint that differs; `inside` says what does, see `compareFingerprints`. */
export function environmentFindings(
  a: CapturedEnvironment,
  b: CapturedEnvironment,
  inside: readonly Difference[],
): DriftFinding[] {
  return differingSections(a, b).map((section) => {
    const path = `fingerprint.${section}`;
    const of = inside.filter(({ what }) => what === path || what.startsWith(`${path}.`));
    return { ...equality('environment', section, told(of, path)), test: 'equality of digests' };
  });
}

/** What was configured otherwise: one finding for each knob, and for each other part of the manifest. */
export function configurationFindings(differences: readonly Difference[]): DriftFinding[] {
  const parts = new Map<string, Difference[]>();
  for (const difference of differences) {
    if (difference.area === 'data') continue;
    const part = partOf(difference.what);
    parts.set(part, [...(parts.get(part) ?? []), difference]);
  }
  return [...parts].map(([part, of]) => equality('configuration', part, told(of, part)));
}

/** A partition or folds that were declared otherwise: other rows, whatever the bytes. */
export const partitionFindings = (differences: readonly Difference[]): DriftFinding[] =>
  differences
    .filter(({ area, what }) => area === 'data' && /^data\.[^.]+\.(where|folds)/.test(what))
    .map((difference) => equality('data', difference.what.slice('data.'.length), told([difference], '')));

const partOf = (what: string): string => {
  const [first = '', second] = what.split('.');
  return first === 'knobs' && second !== undefined ? `${first}.${second}` : first;
};

const equality = (kind: DriftFinding['kind'], subject: string, detail: string): DriftFinding => ({
  kind,
  subject,
  test: 'equality',
  statistic: 1,
  threshold: 0,
  n: 2,
  detail,
});

function told(differences: readonly Difference[], path: string): string {
  const shown = differences.slice(0, shownInside).map(({ what, a, b, detail }) => {
    const name = what === path ? '' : `${what.startsWith(`${path}.`) ? what.slice(path.length + 1) : what}: `;
    if (a === undefined || b === undefined) return `${name}${detail}`;
    return `${name}${brief(a)} became ${brief(b)}`;
  });
  const more = differences.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

const brief = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

const mostSuspects = 50;

/** Likeliest first; what cannot have caused anything says so. */
export const suspectsOf = (differences: readonly Difference[]): Suspect[] =>
  differences.slice(0, mostSuspects).flatMap(({ area, what, a, b, detail, likelihood }) =>
    area === 'result'
      ? []
      : [
          {
            area,
            what,
            ...(a === undefined ? {} : { before: a }),
            ...(b === undefined ? {} : { after: b }),
            detail: likelihood === 0 ? `${detail}; cannot reach the step where results part` : detail,
          },
        ],
  );
