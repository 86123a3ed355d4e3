import { isDomainError, type Problem } from '#kernel';

/** The value, or what is wrong with it, so that it can be reported together with the rest of a request. */
export function problemsOf<T>(parse: () => T): { readonly value?: T; readonly problems: readonly Problem[] } {
  try {
    return { value: parse(), problems: [] };
  } catch (error) {
    if (!isDomainError(error) || error.kind !== 'invalid') throw error;
    const { code, message, problems } = error;
    return { problems: problems.length > 0 ? problems : [{ code, field: '', message }] };
  }
}
