import { canonicalize } from '#evidence';
import type { Json } from '#kernel';
import type { KnobDeclaration } from '#domain/knob';
import type { KnownKnob } from './catalogue-questions.js';
import type { Experiment } from './read-experiment.js';

const inferredFrom = 'Declared from its value in';

/**
 * What the catalogue must learn before it takes a blueprint: the declarations of the folder `catalogue` that it has not or has
 * otherwise; where there is no such folder, knobs that it has not, with the type of their value.
 */
export function knobsToDeclare(
  { blueprint, catalogue, file }: Pick<Experiment, 'blueprint' | 'catalogue' | 'file'>,
  known: ReadonlyMap<string, KnownKnob>,
): KnobDeclaration[] {
  return Object.entries(blueprint.knobs ?? {}).flatMap(([name, value]) => {
    const there = known.get(name);
    const declared = catalogue?.knobs[name];
    if (declared !== undefined)
      return there && !there.retired && isSame(there.declaration, declared) ? [] : [declared];
    // Somebody took it out of the catalogue; a value in a file does not put it back.
    if (there?.retired) return [];
    if (there === undefined) return [inferred(name, value, file)];
    return outgrown(there.declaration, value) ? [inferred(name, value, file)] : [];
  });
}

function inferred(knob: string, value: string | number | boolean, file: string): KnobDeclaration {
  const about = { knob, description: `${inferredFrom} ${file.split('/').at(-1)}.` };
  if (typeof value === 'boolean') return { ...about, type: 'boolean', default: value };
  if (typeof value === 'string') return { ...about, type: 'string', default: value };
  return { ...about, type: Number.isInteger(value) ? 'integer' : 'number', default: value };
}

/** It was taken for a whole number because its first value was one. */
const outgrown = ({ type, description }: KnobDeclaration, value: unknown): boolean =>
  type === 'integer' &&
  description.startsWith(inferredFrom) &&
  typeof value === 'number' &&
  !Number.isInteger(value);

const isSame = (a: KnobDeclaration, b: KnobDeclaration): boolean =>
  canonicalize(a as unknown as Json) === canonicalize(b as unknown as Json);
