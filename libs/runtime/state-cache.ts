import type { StreamId } from '#kernel';

/** The folded states used last; a Map keeps its keys in the order they were set. */
export class StateCache<State> {
  readonly #states = new Map<StreamId, { readonly state: State; readonly revision: number }>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(stream: StreamId): { readonly state: State; readonly revision: number } | undefined {
    return this.#states.get(stream);
  }

  set(stream: StreamId, known: { readonly state: State; readonly revision: number }): void {
    if ((this.#states.get(stream)?.revision ?? -1) > known.revision) return;
    this.#states.delete(stream);
    this.#states.set(stream, known);
    if (this.#states.size <= this.#capacity) return;
    for (const oldest of this.#states.keys()) {
      this.#states.delete(oldest);
      return;
    }
  }
}
