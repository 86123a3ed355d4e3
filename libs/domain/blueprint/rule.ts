import type * as z from 'zod';

export type Broken = { readonly code: string; readonly message: string; readonly fix: string };

/** A check with a code and a way out of its own; it takes part in neither the type nor the JSON Schema. */
export const rule =
  <T>(check: (value: T) => Broken | undefined) =>
  (context: z.core.ParsePayload<T>): void => {
    const broken = check(context.value);
    if (broken === undefined) return;
    const { code, message, fix } = broken;
    context.issues.push({ code: 'custom', message, params: { code, fix }, input: context.value });
  };
