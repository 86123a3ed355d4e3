import type { Json, Problem } from '#kernel';
import { looksSecret } from './found.js';
import { fieldOf, type Path } from './schema-problems.js';
import { textProblem, visible } from './text-problem.js';

/** Fields in which joiners, such as those of Persian or of emoji, are part of the text. */
const prose = new Set<PropertyKey>(['why', 'description']);
const mostProblems = 100;

/** What is wrong with one text of a declaration, wherever it was read from. */
export function declaredText(text: string, path: Path): Problem[] {
  const field = fieldOf(path);
  const problem = textProblem(text, prose.has(path[0] ?? ''));
  const problems: Problem[] = problem
    ? [{ code: problem.code, field, message: problem.message, found: visible(text), fix: problem.fix }]
    : [];
  if (looksSecret(text))
    problems.push({
      code: 'SECRET_IN_TEXT',
      field,
      message: 'looks like a credential',
      fix: 'revoke it, keep it in a secret store and name it under `secrets`',
    });
  return problems;
}

/** Every text and key of a declaration that came as JSON and not as a file; at most 100 problems. */
export function declaredTexts(value: Json): readonly Problem[] {
  const problems: Problem[] = [];
  const visit = (inner: Json, path: Path): void => {
    if (problems.length >= mostProblems) return;
    if (typeof inner === 'string') return void problems.push(...declaredText(inner, path));
    if (typeof inner !== 'object' || inner === null) return;
    if (Array.isArray(inner)) return inner.forEach((item: Json, index) => visit(item, [...path, index]));
    for (const [key, item] of Object.entries(inner)) {
      const below = [...path, key];
      problems.push(...(key === '__proto__' ? [refusedKey(below)] : declaredText(key, below)));
      visit(item, below);
    }
  };
  visit(value, []);
  return problems;
}

/** A schema passes over it, so that what is checked would not be what is kept. */
export const refusedKey = (path: Path): Problem => ({
  code: 'KEY_REFUSED',
  field: fieldOf(path),
  message: 'is not taken as a key',
  fix: 'choose another name',
});
