import type { CST } from 'yaml';

/** What a declaration may have at most; nobody's experiment comes near, every explosion goes beyond. */
export const limits = {
  bytes: 2 ** 20,
  depth: 32,
  /** Values, with aliases counted every time they are used. */
  values: 20_000,
  /** Words, marks, spaces and line ends of the file. */
  lexemes: 200_000,
  aliases: 100,
  /** Problems reported. */
  problems: 100,
} as const;

type Level = { readonly token: CST.Token; readonly depth: number };

/** Offset of the first value nested too deep, found without recursion; undefined when there is none. */
export function nestingProblem(root: CST.Token): number | undefined {
  const pending: Level[] = [{ token: root, depth: 0 }];
  for (let level = pending.pop(); level !== undefined; level = pending.pop()) {
    const { token, depth } = level;
    if (depth > limits.depth) return token.offset;
    const inner = (next: CST.Token | null | undefined) => {
      if (next && ('items' in next || next.type === 'document'))
        pending.push({ token: next, depth: depth + 1 });
    };
    if (token.type === 'document') inner(token.value);
    if (!('items' in token)) continue;
    for (const item of token.items) {
      inner(item.key);
      inner(item.value);
    }
  }
  return undefined;
}
