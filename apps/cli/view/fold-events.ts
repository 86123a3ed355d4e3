import type { Json } from '#kernel';
import type { common } from '#contracts';
import { openFold } from '#replay';

/** The state of a subject after these events of its stream; undefined for a kind that has none. */
export function stateAfter(kind: string, events: readonly common.Event[]): Json | undefined {
  const fold = openFold(kind);
  for (const { type, envelope } of events) fold?.add(type, envelope);
  return fold?.state();
}
