import type { Problem } from '#kernel';
import { found, grammars } from '#domain/declaration';
import { reportTo } from './axis-problems.js';
import { sweepLimits } from './limits.js';
import { memberCount } from './members.js';
import { parseAxis } from './parse-axis.js';
import type { KnobType } from './parse-values.js';
import { isSampled, methods, type Axis, type Space } from './space.js';

export interface WrittenSpace {
  /** `lr=0.01,0.1`, `depth=range(2,9)`, `trees=sobol(10,500)`. */
  readonly axes: readonly string[];
  /** Draws for random and sobol; 0 or absent without them. */
  readonly trials?: number;
  /** What the catalogue says of the knobs; of one that is missing here the type is read off its values. */
  readonly types?: Readonly<Record<string, KnobType>>;
}

export type ParsedSpace = {
  /** Absent when there is any problem. */
  readonly space?: Space;
  /** Of the listed values that could be read alone: so that these can be looked at although others cannot. */
  readonly readable: Space;
  readonly problems: readonly Problem[];
};

/** A space as people write it, or every problem of it. Sizes are counted, never built. */
export function parseSpace({ axes: written, trials = 0, types = {} }: WrittenSpace): ParsedSpace {
  const hostile = sizeProblem(written);
  if (hostile) return { readable: gridOf([]), problems: [hostile] };
  const problems: Problem[] = [];
  const axes = written
    .flatMap((text, at) => parseWritten(text, at, types, problems) ?? [])
    .sort((a, b) => (a.knob < b.knob ? -1 : 1));
  problems.push(...twice(written));
  problems.push(...trialProblems(written, trials));
  const count = memberCount({ axes, trials: Math.max(1, trials) });
  if (count > sweepLimits.members)
    problems.push({
      code: 'SWEEP_TOO_LARGE',
      field: 'axes',
      message: `a sweep has at most ${sweepLimits.members} members`,
      found: found(count),
      fix: 'sweep fewer values, or draw them: knob=random(a,b) with --trials N',
    });
  const readable = gridOf(axes.filter((axis) => !isSampled(axis)));
  if (problems.length > 0) return { readable, problems };
  const used = new Set(axes.map(({ kind }) => kind));
  const space: Space = {
    v: 1,
    axes,
    methods: {
      ...(used.has('random') ? { random: methods.random } : {}),
      ...(used.has('sobol') ? { sobol: methods.sobol } : {}),
    },
    trials,
  };
  return { space, readable, problems };
}

const gridOf = (axes: readonly Axis[]): Space => ({ v: 1, axes, methods: {}, trials: 0 });

/** The knobs that axes name, as far as they can be read: what to ask the catalogue about. */
export const axisKnobs = (written: readonly string[]): readonly string[] => [
  ...new Set(written.slice(0, sweepLimits.axes).flatMap((text) => nameOf(text) ?? [])),
];

function nameOf(text: string): string | undefined {
  const equals = text.indexOf('=');
  const name = text.slice(0, equals).trim();
  return equals > 0 && grammars.identifier.pattern.test(name) ? name : undefined;
}

function parseWritten(
  text: string,
  at: number,
  types: Readonly<Record<string, KnobType>>,
  problems: Problem[],
): Axis | undefined {
  const equals = text.indexOf('=');
  const knob = nameOf(text);
  const report = reportTo(problems, knob === undefined ? `axes[${at}]` : `axes.${knob}`);
  if (equals === -1)
    report('SWEEP_AXIS_INVALID', 'an axis is KNOB=VALUES', 'write it like lr=0.01,0.1', text);
  else if (knob === undefined) {
    const { code, rule, fix } = grammars.identifier;
    report(code, rule, fix, text.slice(0, equals));
  } else {
    const type = Object.hasOwn(types, knob) ? types[knob] : undefined;
    return parseAxis(knob, text.slice(equals + 1), type, report);
  }
  return undefined;
}

function sizeProblem(written: readonly string[]): Problem | undefined {
  const { axes, chars } = sweepLimits;
  const problem = (code: string, message: string, fix: string, amount?: number): Problem => ({
    code,
    field: 'axes',
    message,
    fix,
    ...(amount === undefined ? {} : { found: found(amount) }),
  });
  if (written.length === 0)
    return problem('SWEEP_AXIS_MISSING', 'a sweep has at least one axis', 'write it like lr=0.01,0.1');
  if (written.length > axes)
    return problem(
      'SWEEP_TOO_LARGE',
      `a sweep has at most ${axes} axes`,
      'sweep fewer knobs',
      written.length,
    );
  const length = written.reduce((sum, text) => sum + text.length, 0);
  if (length <= chars) return undefined;
  return problem('SWEEP_TOO_LARGE', `axes have at most ${chars} characters`, 'write a range', length);
}

function twice(written: readonly string[]): Problem[] {
  const names = written.flatMap((text) => nameOf(text) ?? []);
  const repeated = new Set(names.filter((name, at) => names.indexOf(name) !== at));
  return [...repeated].map((name) => ({
    code: 'SWEEP_AXIS_TWICE',
    field: `axes.${name}`,
    message: 'the knob has two axes',
    fix: 'put its values into one',
  }));
}

/** Looks at what is written, so that a broken bound does not hide missing trials. */
function trialProblems(written: readonly string[], trials: number): Problem[] {
  const drawn = written.some((text) => /=\s*(?:random|sobol)\s*\(/.test(text));
  const problem = (code: string, message: string, fix: string): Problem[] => [
    { code, field: 'trials', message, found: found(trials), fix },
  ];
  if (!Number.isInteger(trials) || trials < 0 || trials > sweepLimits.members)
    return problem(
      'SWEEP_TRIALS_INVALID',
      `must be a whole number from 1 to ${sweepLimits.members}`,
      'write --trials 20',
    );
  if (drawn && trials === 0)
    return problem('SWEEP_TRIALS_MISSING', 'random and sobol need a number of draws', 'add --trials 20');
  if (!drawn && trials > 0)
    return problem(
      'SWEEP_TRIALS_UNUSED',
      'nothing is drawn',
      'leave --trials out, or write knob=random(a,b)',
    );
  return [];
}
