/** What a pattern is made of: `any` stands for a run of items, of whatever length; every other part takes one item. */
export type Part<Item> = { readonly any: true } | { readonly any?: false; takes(item: Item): boolean };

/**
 * Whether parts match items from end to end. Greedy, going back only to the last `any`: no pattern takes longer than parts × items,
 * whoever wrote it.
 */
export function matches<Item>(parts: readonly Part<Item>[], items: readonly Item[]): boolean {
  let [part, item] = [0, 0];
  let [lastAny, resumeAt] = [-1, 0];
  while (item < items.length) {
    const now = parts[part];
    if (now?.any) {
      [lastAny, resumeAt] = [part, item];
      part++;
    } else if (now?.takes(items[item] as Item)) {
      part++;
      item++;
    } else if (lastAny >= 0) {
      part = lastAny + 1;
      item = ++resumeAt;
    } else return false;
  }
  return parts.slice(part).every(({ any }) => any === true);
}

const every = { any: true } as const;
const one = (takes: (char: string) => boolean): Part<string> => ({ takes });

/** The parts of one name's pattern: `*`, `?`, `[a-z]`, `[!a-z]`, `\` before a character meant as itself; undefined when it is broken. */
export function nameParts(pattern: string): Part<string>[] | undefined {
  const parts: Part<string>[] = [];
  const chars = [...pattern];
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] as string;
    if (char === '*') {
      if (!parts.at(-1)?.any) parts.push(every);
    } else if (char === '?') parts.push(one(() => true));
    else if (char === '[') {
      const end = chars.indexOf(']', chars[i + 1] === '!' || chars[i + 1] === '^' ? i + 3 : i + 2);
      if (end < 0) return undefined;
      parts.push(oneOf(chars.slice(i + 1, end)));
      i = end;
    } else {
      const plain = char === '\\' ? chars[++i] : char;
      if (plain === undefined) return undefined;
      parts.push(one((found) => found === plain));
    }
  }
  return parts;
}

function oneOf(chars: readonly string[]): Part<string> {
  const negated = chars[0] === '!' || chars[0] === '^';
  const wanted = negated ? chars.slice(1) : chars;
  const ranges: (readonly [string, string])[] = [];
  for (let i = 0; i < wanted.length; i++) {
    const [from, dash, to] = [wanted[i] as string, wanted[i + 1], wanted[i + 2]];
    const isRange = dash === '-' && to !== undefined;
    ranges.push([from, isRange ? to : from]);
    if (isRange) i += 2;
  }
  return one((char) => ranges.some(([from, to]) => from <= char && char <= to) !== negated);
}
