import { assertNoProblems, type Problem } from '#kernel';
import { checkDeclaration, type CheckedDeclaration } from '#domain/blueprint';
import { readSmallFile } from './read-small-file.js';

type Kind = CheckedDeclaration['kind'];
type ValueOf<K extends Kind> = NonNullable<
  Extract<CheckedDeclaration, { kind: K; value?: unknown }>['value']
>;

/** What one file declares; without a value when that has problems. */
interface DeclaringFile<K extends Kind> {
  readonly file: string;
  readonly kind: Kind;
  /** Of a declaration of the kind that was asked for. */
  readonly value?: ValueOf<K>;
  readonly problems: readonly Problem[];
}

/** The files that can be read, one declaration in each, with those of a kind as values; every problem of all files. */
export async function readFilesOf<K extends 'knob' | 'environment'>(
  kind: K,
  files: readonly string[],
): Promise<{ readonly read: readonly DeclaringFile<K>[]; readonly problems: readonly Problem[] }> {
  const read: DeclaringFile<K>[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const { content, problem } = await readSmallFile(file);
    if (problem) problems.push(problem);
    if (content === undefined) continue;
    const checked = checkDeclaration(content, { file });
    problems.push(...checked.problems);
    const { problems: its, kind: found } = checked;
    const value =
      found === kind && 'value' in checked ? (checked.value as ValueOf<K> | undefined) : undefined;
    read.push({ file, kind: found, problems: its, ...(value === undefined ? {} : { value }) });
  }
  return { read, problems };
}

/**
 * Declarations of one kind, one in each file.
 * @throws DECLARATION_INVALID with every problem of every file
 */
export async function readDeclarations<K extends 'knob' | 'environment'>(
  kind: K,
  files: readonly string[],
): Promise<readonly ValueOf<K>[]> {
  const { read, problems } = await readFilesOf(kind, files);
  const others = read.filter((one) => one.value === undefined && one.problems.length === 0);
  assertNoProblems(
    [...problems, ...others.map((other) => otherKind(other.file, kind, other.kind))],
    'DECLARATION_INVALID',
  );
  return read.flatMap(({ value }) => (value === undefined ? [] : [value]));
}

const otherKind = (file: string, wanted: Kind, found: Kind): Problem => ({
  code: 'DECLARATION_KIND',
  field: '',
  message: `declares something else than a ${wanted}`,
  found,
  fix: `give a file that begins with ${wanted}:`,
  place: { file, line: 1, column: 1 },
});
