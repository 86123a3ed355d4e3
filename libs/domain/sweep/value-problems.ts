import type { Problem } from '#kernel';
import { checkKnobValue, type KnobDeclaration } from '#domain/knob';
import { sweepLimits } from './limits.js';
import { membersOf } from './members.js';
import type { Space } from './space.js';

/**
 * What the catalogue says against values of a space. Admission looks at knobs one by one, so these are the problems of all
 * members without resolving each. Knobs that are not declared are left to it.
 */
export function valueProblems(
  space: Space,
  declared: Readonly<Record<string, KnobDeclaration>>,
): readonly Problem[] {
  const members = membersOf(space);
  return space.axes.flatMap(({ knob }) => {
    const declaration = Object.hasOwn(declared, knob) ? declared[knob] : undefined;
    if (declaration === undefined) return [];
    const problems = members
      .values(knob)
      .flatMap((value) => checkKnobValue(declaration, value, `knobs.${knob}`) ?? []);
    const told = problems.slice(0, sweepLimits.problems);
    const [last] = problems.slice(sweepLimits.problems - 1);
    if (problems.length <= sweepLimits.problems || last === undefined) return told;
    const more = problems.length - told.length + 1;
    return [...told.slice(0, -1), { ...last, message: `${last.message}; so for ${more} values of the axis` }];
  });
}
