export interface Unready {
  readonly part: string;
  /** Why, for an operator; never a secret. */
  readonly because: string;
}

/**
 * Which parts of a process are ready. A part is named `<service>:<what>` (`registry:projections`) or, when every
 * service depends on it, just `<what>`. A part that was never named does not matter.
 */
export class Health {
  readonly #unready = new Map<string, string>();
  readonly #listeners = new Set<() => void>();

  ready(part: string): void {
    if (this.#unready.delete(part)) this.#tell();
  }

  unready(part: string, because: string): void {
    if (this.#unready.get(part) === because) return;
    this.#unready.set(part, because);
    this.#tell();
  }

  /** Everything that is not ready, or only what keeps one service from it. */
  problems(service?: string): readonly Unready[] {
    return [...this.#unready]
      .filter(([part]) => service === undefined || !part.includes(':') || part.startsWith(`${service}:`))
      .map(([part, because]) => ({ part, because }));
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
