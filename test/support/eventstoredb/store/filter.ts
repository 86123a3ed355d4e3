import type { History } from './history.js';

/** Whether readers of `$all` are shown the event with this index. */
export type Filter = (index: number) => boolean;

/** What the real server never shows in `$all`, whoever asks. */
export const shownInAll =
  (history: History): Filter =>
  (index) =>
    history.streamAt(index) !== '$epoch-information';

/** By the name of the stream or the type of the event: it matches the regex, or when that is empty begins with one of the prefixes. */
export function filterBy(
  history: History,
  by: 'stream' | 'type',
  { regex, prefixes }: { readonly regex: string; readonly prefixes: readonly string[] },
): Filter {
  const textOf = (index: number): string =>
    by === 'stream' ? history.streamAt(index) : history.typeAt(index);
  const shown = shownInAll(history);
  const pattern = regex === '' ? undefined : new RegExp(regex);
  const matches = (text: string): boolean =>
    pattern === undefined ? prefixes.some((prefix) => text.startsWith(prefix)) : pattern.test(text);
  return (index) => shown(index) && matches(textOf(index));
}
