import type { StreamId } from '#kernel';
import type { Position } from '#event-store';

/** A stream as far as it was folded; revision −1 and no position while it is empty. */
export interface Known<State> {
  readonly state: State;
  readonly revision: number;
  readonly position?: Position;
}

/** The folded states used last; a Map keeps its keys in the order they were set. */
export class StateCache<State> {
  readonly #states = new Map<StreamId, Known<State>>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(stream: StreamId): Known<State> | undefined {
    return this.#states.get(stream);
  }

  set(stream: StreamId, known: Known<State>): void {
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
