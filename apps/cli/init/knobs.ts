import { looksSecret } from '#domain/declaration';
import type { KnobDeclaration } from '#domain/knob';
import type { Constant, Flag, Literal, ScriptFacts } from './facts.js';
import type { FlagStyle } from './detection.js';
import { note, oneLine, type SourceLine } from './notes.js';

export interface FoundKnobs {
  readonly knobs: readonly KnobDeclaration[];
  readonly flags: Record<string, readonly [string, FlagStyle]>;
  readonly constants: Record<string, { readonly line: number; readonly was: string }>;
  readonly seed: string | null;
  /** Flags without a default, which only a person can give. */
  readonly open: readonly Flag[];
  readonly notes: readonly SourceLine[];
}

const nameOf = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
const seedName = /^(?:random_?)?(?:seed|state)$/i;
const pathLike = /[/\\]|\.[A-Za-z][A-Za-z0-9]{0,7}$/;

/** Concludes knobs from flags and constants. `files` are texts that name a file and so are none. */
export function knobsOf(
  facts: ScriptFacts,
  files: ReadonlySet<string>,
  given: Readonly<Record<string, Literal>>,
): FoundKnobs {
  const seeds = new Set(facts.seeds.map(({ name }) => name));
  const isSeed = (name: string, value: Literal | null) =>
    (seeds.has(name) || seedName.test(name)) && (value === null || typeof value === 'number');
  const found = {
    knobs: [] as KnobDeclaration[],
    flags: {} as Record<string, readonly [string, FlagStyle]>,
    constants: {} as Record<string, { line: number; was: string }>,
    open: [] as Flag[],
    notes: [] as SourceLine[],
  };
  let seed: string | null = null;
  const has = (name: string) => found.knobs.some(({ knob }) => knob.toLowerCase() === name.toLowerCase());
  for (const flag of facts.flags) {
    const style = styleOf(flag);
    if (isSecret(flag.name, flag.default)) {
      found.notes.push(secretNote(flag.flag, flag.line));
      continue;
    }
    const value = given[flag.name] ?? flag.default;
    if (!nameOf.test(flag.name) || (typeof value === 'string' && files.has(value)) || has(flag.name))
      continue;
    if (style === 'value' && seed === null && isSeed(flag.name, value)) {
      seed = flag.name;
      found.flags[flag.name] = [flag.flag, style];
      continue;
    }
    if (style === undefined || (value === null && !flag.required)) {
      found.notes.push(note(flag.line, `${flag.flag} is left as it is: ${whyNot(flag)}`));
      continue;
    }
    if (value === null) {
      found.open.push(flag);
      continue;
    }
    found.flags[flag.name] = [flag.flag, style];
    found.knobs.push(knobOf(flag.name, value, flag.float || flag.type === 'float', flag));
  }
  const shouting = facts.constants.some(({ name }) => isShouting(name));
  for (const constant of facts.constants) {
    const { name, value, line, was } = constant;
    if (isSecret(name, value)) found.notes.push(secretNote(name, line));
    else if (seed === null && isSeed(name, value)) {
      seed = name;
      found.constants[name] = { line, was };
    } else if (isKnob(constant, files, facts.flags.length > 0 || shouting) && !has(name)) {
      found.constants[name] = { line, was };
      found.knobs.push(knobOf(name, value, constant.float));
    }
  }
  return { ...found, seed };
}

const secretName = /(?:^|[_-])(?:key|token|secret|password|passwd|credential)s?$/i;
const isSecret = (name: string, value: Literal | null) =>
  typeof value === 'string' &&
  (looksSecret(value) || secretName.test(name.replace(/([a-z])([A-Z])/g, '$1_$2')));
const secretNote = (name: string, line: number) =>
  note(
    line,
    `${name} looks like a secret and is left out: name it under secrets and read it from the environment`,
  );

const isShouting = (name: string) => /^[A-Z][A-Z0-9_]*$/.test(name);

function isKnob({ name, value }: Constant, files: ReadonlySet<string>, onlyShouting: boolean): boolean {
  if (!nameOf.test(name) || (onlyShouting && !isShouting(name))) return false;
  if (typeof value !== 'string') return typeof value === 'boolean' || isSafe(value);
  return (
    isShouting(name) &&
    value.length <= 200 &&
    !files.has(value) &&
    !pathLike.test(value) &&
    oneLine(value) === value
  );
}

const isSafe = (value: number) => Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;

/** How a flag is given; undefined when Holdfast cannot give it. */
function styleOf({ flag, action, nargs, computed, type, choices }: Flag): FlagStyle | undefined {
  if (nargs || computed || !flag.startsWith('-') || (choices !== null && choices.length === 0))
    return undefined;
  if (action === 'store_true') return 'present';
  if (action === 'store_false') return 'absent';
  if (action === 'BooleanOptionalAction') return 'either';
  return action === 'store' && type !== 'bool' ? 'value' : undefined;
}

function whyNot({ flag, action, nargs, computed, type }: Flag): string {
  if (type === 'bool') return 'type=bool takes every text for true, use action="store_true"';
  if (!flag.startsWith('-')) return 'it is a position, not a flag';
  if (nargs || !/^store/.test(action)) return 'it takes several values';
  return computed ? 'its default is computed' : 'it has no default';
}

function knobOf(knob: string, value: Literal, float: boolean, flag?: Flag): KnobDeclaration {
  const help = oneLine(flag?.help ?? '');
  const description = help || `${flag ? `The flag ${flag.flag}` : `The constant ${knob}`} of the script.`;
  const choices = flag?.choices ?? undefined;
  if (typeof value === 'boolean') return { knob, type: 'boolean', default: value, description };
  if (typeof value === 'string') {
    const texts = choices?.filter((choice) => typeof choice === 'string');
    return {
      knob,
      type: 'string',
      default: value,
      description,
      ...(texts?.includes(value) ? { choices: texts } : {}),
    };
  }
  const numbers = choices?.filter((choice) => typeof choice === 'number');
  const type = float || !Number.isInteger(value) ? 'number' : 'integer';
  return {
    knob,
    type,
    default: value,
    description,
    ...(numbers?.includes(value) ? { choices: numbers } : {}),
  };
}
