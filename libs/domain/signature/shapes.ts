import type { Json, JsonObject, Problem } from '#kernel';

/** What each field of a statement is. */
export type Shapes<Statement> = Readonly<
  Record<keyof Statement & string, readonly [is: (value: Json) => boolean, rule: string]>
>;

export function matches(pattern: RegExp): (value: Json) => boolean {
  return (value) => typeof value === 'string' && pattern.test(value);
}

/** Everything that is wrong with what a client sent as a statement; nothing that is not known is taken. */
export function statementProblems(
  shapes: Readonly<Record<string, readonly [is: (value: Json) => boolean, rule: string]>>,
  value: Json,
  fix: string,
): readonly Problem[] {
  const given = (
    typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  ) as JsonObject;
  const problem = (field: string, message: string, found: Json | undefined): Problem => ({
    ...{ code: 'STATEMENT_INVALID', field, message, fix },
    found: JSON.stringify(found ?? null).slice(0, 120),
  });
  const wrong = Object.entries(shapes).flatMap(([field, [is, rule]]) => {
    const found = given[field];
    return found !== undefined && is(found) ? [] : [problem(`statement.${field}`, rule, found)];
  });
  const strange = Object.keys(given)
    .filter((field) => !Object.hasOwn(shapes, field))
    .map((field) => problem(`statement.${field.slice(0, 40)}`, 'is not known', given[field]));
  return [...wrong, ...strange];
}
