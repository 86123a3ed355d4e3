import type { Digest, Problem } from '#kernel';
import { parseTree, treeSizeBytes } from '#evidence';
import type { FoundLately } from '#runtime';
import type { RequiredBlob } from '#domain/manifest';
import { problemsOf } from './collect-problems.js';

export const largestTreeBytes = 64 * 2 ** 20;
const filesNamed = 5;

/** What would be looked for in vain: blobs that nobody uploaded, trees that lack files or are of another size than was said. */
export async function missingBlobProblems(
  artifacts: Pick<FoundLately, 'missing' | 'read'>,
  required: readonly RequiredBlob[],
): Promise<readonly Problem[]> {
  const found = await Promise.all(
    required.map(async (blob): Promise<readonly Problem[]> => {
      const { digest, kind, what } = blob;
      const [absent] = await artifacts.missing([digest]);
      if (absent !== undefined) return [missingBlob(what, digest, 'the server does not hold its bytes')];
      return kind === 'tree' ? treeProblems(artifacts, blob) : [];
    }),
  );
  return found.flat();
}

async function treeProblems(
  artifacts: Pick<FoundLately, 'missing' | 'read'>,
  { digest, what, sizeBytes }: RequiredBlob,
): Promise<readonly Problem[]> {
  const bytes = await artifacts.read(digest, largestTreeBytes);
  const { value: tree, problems } = problemsOf(() => parseTree(bytes));
  if (tree === undefined)
    return problems.map((problem) => ({ ...problem, field: `${what}.${problem.field}` }));
  const held = treeSizeBytes(tree);
  if (sizeBytes !== undefined && sizeBytes !== held)
    return [
      {
        code: 'SIZE_DIFFERS',
        field: what,
        message: `its files hold ${held} bytes together`,
        found: String(sizeBytes),
        fix: 'run `holdfast lock`',
      },
    ];
  const files = tree.entries.filter(({ mode }) => mode !== '120000');
  const absent = new Set(await artifacts.missing([...new Set(files.map((file) => file.digest))]));
  const lacking = files.filter((file) => absent.has(file.digest)).map(({ path }) => path);
  if (lacking.length === 0) return [];
  const named = lacking.slice(0, filesNamed).join(', ');
  const more = lacking.length > filesNamed ? ` and ${lacking.length - filesNamed} more` : '';
  return [missingBlob(what, digest, `the server does not hold the bytes of ${named}${more}`)];
}

const missingBlob = (field: string, digest: Digest, message: string): Problem => ({
  code: 'BLOB_MISSING',
  field,
  message,
  found: digest,
  fix: 'upload it: `holdfast run` and `holdfast dataset add` do',
});
