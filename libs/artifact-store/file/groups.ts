/** What goes into one transaction: a few milliseconds of the event loop. */
const groupLimit = { puts: 64, bytes: 512 * 1024 };

/** In the order in which they came. */
export function* groupsOf<One extends { readonly bytes: Uint8Array }>(
  round: readonly One[],
): Generator<readonly One[], void> {
  let group: One[] = [];
  let bytes = 0;
  for (const one of round) {
    if (
      group.length === groupLimit.puts ||
      (group.length > 0 && bytes + one.bytes.length > groupLimit.bytes)
    ) {
      yield group;
      [group, bytes] = [[], 0];
    }
    group.push(one);
    bytes += one.bytes.length;
  }
  if (group.length > 0) yield group;
}
