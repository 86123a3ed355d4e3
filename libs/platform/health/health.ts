export interface Unready {
  readonly part: string;
  /** Why, for an operator; never a secret. */
  readonly because: string;
}

/** A part as it is now. */
export interface PartState {
  readonly part: string;
  /** Why it is not ready; absent while it is. */
  readonly because?: string;
  /** How long it has been ready, or not. */
  readonly forMs: number;
}

/**
 * Which parts of a process are ready. A part is named `<service>:<what>` (`registry:projections`) or, when every
 * service depends on it, just `<what>`. A part that was never named does not matter.
 */
export class Health {
  readonly #unready = new Map<string, string>();
  /** Every part that was named, with the time of its last change from or to ready. */
  readonly #since = new Map<string, number>();
  readonly #listeners = new Set<() => void>();

  ready(part: string): void {
    const changes = this.#unready.delete(part);
    if (changes || !this.#since.has(part)) this.#since.set(part, performance.now());
    if (changes) this.#tell();
  }

  unready(part: string, because: string): void {
    if (this.#unready.get(part) === because) return;
    if (!this.#unready.has(part)) this.#since.set(part, performance.now());
    this.#unready.set(part, because);
    this.#tell();
  }

  /** Everything that is not ready, or only what keeps one service from it. */
  problems(service?: string): readonly Unready[] {
    return [...this.#unready]
      .filter(([part]) => concerns(part, service))
      .map(([part, because]) => ({ part, because }));
  }

  /** Every part that was ever named, ready or not. */
  parts(service?: string): readonly PartState[] {
    const now = performance.now();
    return [...this.#since]
      .filter(([part]) => concerns(part, service))
      .map(([part, since]) => {
        const because = this.#unready.get(part);
        return { part, forMs: now - since, ...(because === undefined ? {} : { because }) };
      });
  }

  isReady(service?: string): boolean {
    return this.problems(service).length === 0;
  }

  /** Calls after every change; the returned function ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

const concerns = (part: string, service: string | undefined): boolean =>
  service === undefined || !part.includes(':') || part.startsWith(`${service}:`);
