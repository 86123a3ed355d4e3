import type * as z from 'zod';

export type Broken = { readonly code: string; readonly message: string; readonly fix: string };

/** Checks with codes and ways out of their own; they take part in neither the type nor the JSON Schema. */
export const rules =
  <T>(check: (value: T) => readonly Broken[]) =>
  (context: z.core.ParsePayload<T>): void => {
    for (const { code, message, fix } of check(context.value))
      context.issues.push({ code: 'custom', message, params: { code, fix }, input: context.value });
  };

/** One such check. */
export const rule = <T>(check: (value: T) => Broken | undefined) =>
  rules((value: T) => {
    const broken = check(value);
    return broken === undefined ? [] : [broken];
  });
