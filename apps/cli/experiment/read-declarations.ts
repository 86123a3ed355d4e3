import { assertNoProblems, type Problem } from '#kernel';
import { checkDeclaration, type CheckedDeclaration } from '#domain/blueprint';
import { readSmallFile } from './read-small-file.js';

type Kind = CheckedDeclaration['kind'];
type ValueOf<K extends Kind> = NonNullable<
  Extract<CheckedDeclaration, { kind: K; value?: unknown }>['value']
>;

/**
 * Declarations of one kind, one in each file.
 * @throws DECLARATION_INVALID with every problem of every file
 */
export async function readDeclarations<K extends 'knob' | 'environment'>(
  kind: K,
  files: readonly string[],
): Promise<readonly ValueOf<K>[]> {
  const problems: Problem[] = [];
  const values: ValueOf<K>[] = [];
  for (const file of files) {
    const { content, problem } = await readSmallFile(file);
    if (content === undefined) {
      if (problem) problems.push(problem);
      continue;
    }
    const checked = checkDeclaration(content, { file });
    problems.push(...checked.problems);
    if (checked.kind === kind && 'value' in checked && checked.value !== undefined)
      values.push(checked.value as ValueOf<K>);
    else if (checked.problems.length === 0) problems.push(otherKind(file, kind, checked.kind));
  }
  assertNoProblems(problems, 'DECLARATION_INVALID');
  return values;
}

const otherKind = (file: string, wanted: Kind, found: Kind): Problem => ({
  code: 'DECLARATION_KIND',
  field: '',
  message: `declares something else than a ${wanted}`,
  found,
  fix: `give a file that begins with ${wanted}:`,
  place: { file, line: 1, column: 1 },
});
