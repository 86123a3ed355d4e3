import { assertNoProblems, type Json, type JsonObject, type Problem } from '#kernel';
import { found, nearest } from '#domain/declaration';
import { checkKnobValue, type KnobDeclaration } from '#domain/knob';

/**
 * Values of `--set knob=value`, each read as what its knob takes; `seed` sets the root seed when no knob is called so.
 * @throws SET_INVALID with every problem
 */
export function readSet(
  given: readonly string[],
  knobs: Readonly<Record<string, KnobDeclaration>>,
): JsonObject {
  const problems: Problem[] = [];
  const values: Record<string, Json> = {};
  for (const text of given) {
    const at = text.indexOf('=');
    const [name, value] = at < 1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
    if (value === undefined) {
      problems.push(
        problem('SET_INVALID', '--set', 'a value is set with knob=value', text, 'write it like lr=0.1'),
      );
      continue;
    }
    if (Object.hasOwn(values, name))
      problems.push(problem('SET_TWICE', `knobs.${name}`, 'is set twice', text, 'keep one of the two'));
    const knob = Object.hasOwn(knobs, name) ? knobs[name] : undefined;
    if (knob === undefined && name === 'seed') {
      const seed = /^\d+$/.test(value) ? Number(value) : NaN;
      if (Number.isSafeInteger(seed)) values[name] = seed;
      else
        problems.push(
          problem(
            'SEED_INVALID',
            'seed',
            'a seed is a whole number up to 2^53−1',
            value,
            'write it like seed=1',
          ),
        );
      continue;
    }
    if (knob === undefined) {
      const near = nearest(name, Object.keys(knobs));
      const there = Object.keys(knobs).join(', ') || 'none';
      const fix = near ? `did you mean ${near}?` : `the blueprint has ${there}`;
      problems.push(
        problem('KNOB_NOT_SET', `knobs.${name}`, 'the blueprint does not have this knob', name, fix),
      );
      continue;
    }
    const read = valueOf(value, knob);
    const beyond = typeof read === 'number' ? beyondDouble(value, read) : undefined;
    const wrong = beyond
      ? problem('NUMBER_UNSAFE', `knobs.${name}`, beyond, value, 'write a smaller number')
      : checkKnobValue(knob, read, `knobs.${name}`);
    if (wrong) problems.push(wrong);
    values[name] = read;
  }
  assertNoProblems(problems, 'SET_INVALID');
  return values;
}

/** What cannot be read as the knob's type stays text, and is refused as such. */
export function valueOf(text: string, { type }: Pick<KnobDeclaration, 'type'>): Json {
  if (type === 'string') return text;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
}

/** As in a blueprint and in a sweep: a number that would be another one is none. */
const beyondDouble = (text: string, value: number): string | undefined =>
  !Number.isFinite(value)
    ? 'is larger than a number can be'
    : /^[+-]?\d+$/.test(text) && !Number.isSafeInteger(value)
      ? 'is beyond 2^53−1 and would change'
      : undefined;

const problem = (code: string, field: string, message: string, text: string, fix: string): Problem => ({
  code,
  field: field.slice(0, 80),
  message,
  found: found(text),
  fix,
});
