import { assertNoProblems, type Problem } from '#kernel';
import { found, nearest } from '#domain/declaration';
import type { KnobDeclaration } from '#domain/knob';
import { axisKnobs, membersOf, parseSpace, valueProblems, type MemberKnobs } from '#domain/sweep';
import { askCatalogue, knobsToDeclare, readExperiment } from '../experiment/index.js';
import type { Session } from '../session.js';

type Declared = Readonly<Record<string, KnobDeclaration>>;

/**
 * The members that a sweep of a file would have, by what its knobs are declared as, here or in the catalogue. Nothing is declared,
 * locked or recorded.
 * @throws SWEEP_INVALID with every problem
 */
export async function plannedMembers(
  session: Session,
  file: string | undefined,
  axes: readonly string[],
  trials: number,
): Promise<readonly MemberKnobs[]> {
  const experiment = await readExperiment(file);
  const known = await askCatalogue(() => session.connection(), experiment.namespace).knobs();
  const all = [
    ...[...known.values()].map(({ declaration }) => declaration),
    ...knobsToDeclare(experiment, known),
  ];
  const set = Object.keys(experiment.blueprint.knobs ?? {});
  const declared: Declared = Object.fromEntries(
    all.filter(({ knob }) => set.includes(knob)).map((declaration) => [declaration.knob, declaration]),
  );
  return checkedMembers(axes, trials, declared);
}

const seed: KnobDeclaration = {
  knob: 'seed',
  type: 'integer',
  range: { min: 0 },
  default: 0,
  description: 'Root seed.',
};

/** @throws SWEEP_INVALID with every problem */
export function checkedMembers(
  axes: readonly string[],
  trials: number,
  declared: Declared,
): readonly MemberKnobs[] {
  const knobs: Declared = { seed, ...declared };
  const types = Object.fromEntries(Object.values(knobs).map(({ knob, type }) => [knob, type]));
  const { space, readable, problems } = parseSpace({ axes, trials, types });
  const unknown = axisKnobs(axes).filter((name) => !Object.hasOwn(knobs, name));
  const others = valueProblems(space ?? readable, knobs);
  assertNoProblems(
    [...problems, ...unknown.map((name) => notSet(name, Object.keys(declared))), ...others],
    'SWEEP_INVALID',
  );
  return space ? [...membersOf(space).all()] : [];
}

function notSet(name: string, knobs: readonly string[]): Problem {
  const near = nearest(name, knobs);
  const fix = near ? `did you mean ${near}?` : `the blueprint has ${knobs.join(', ') || 'none'}`;
  const message = 'the blueprint does not have this knob';
  return { code: 'KNOB_NOT_SET', field: `knobs.${name}`, message, found: found(name), fix };
}
