import type { Json, Problem } from '#kernel';
import { found, nearest } from '#domain/declaration';
import { checkKnobValue } from '#domain/knob';
import type { KnobValue, Manifest } from '#domain/manifest';
import type { CatalogueAnswers } from './resolution.js';
import type { Blueprint } from './schema.js';

/** The blueprint's values, replaced by the overrides, each inside what the catalogue declares. */
export function resolveKnobs(
  blueprint: Blueprint,
  { knobs: declared, retiredKnobs = [] }: CatalogueAnswers,
  overrides: Readonly<Record<string, Json>>,
  problems: Problem[],
): Manifest['pinned']['knobs'] {
  const set = blueprint.knobs ?? {};
  for (const name of Object.keys(overrides)) {
    if (Object.hasOwn(set, name)) continue;
    const near = nearest(name, Object.keys(set));
    const fix = near
      ? `did you mean ${near}?`
      : `add it to \`knobs\`; there are ${Object.keys(set).join(', ') || 'none'}`;
    problems.push({
      code: 'KNOB_NOT_SET',
      field: `knobs.${name.slice(0, 64)}`,
      message: 'the blueprint does not have this knob',
      found: found(name),
      fix,
    });
  }
  const values = Object.entries(set).map(([name, value]): [string, KnobValue] => {
    const chosen = Object.hasOwn(overrides, name) ? (overrides[name] as Json) : value;
    const problem = knobProblem(name, chosen, declared, retiredKnobs);
    if (problem) problems.push(problem);
    return [name, chosen as KnobValue];
  });
  return Object.fromEntries(values);
}

function knobProblem(
  name: string,
  value: Json,
  declared: CatalogueAnswers['knobs'],
  retired: readonly string[],
): Problem | undefined {
  const field = `knobs.${name}`;
  const knob = Object.hasOwn(declared, name) ? declared[name] : undefined;
  if (knob !== undefined) return checkKnobValue(knob, value, field);
  if (retired.includes(name))
    return {
      code: 'KNOB_RETIRED',
      field,
      message: 'is retired',
      found: name,
      fix: 'remove it, or declare it again',
    };
  const near = nearest(name, Object.keys(declared));
  const fix = near ? `did you mean ${near}?` : 'declare it: `holdfast knob declare`';
  return { code: 'KNOB_UNKNOWN', field, message: 'is not in the catalogue', found: name, fix };
}
