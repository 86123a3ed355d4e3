type Action = (withinMs: number) => Promise<void>;

/**
 * What is to be done before a process stops answering: work for others is finished or given back, while they can still be told.
 */
export class StopWork {
  readonly #actions = new Set<Action>();

  /** @param action is told how long work may go on; the returned function takes it back */
  before(action: Action): () => void {
    this.#actions.add(action);
    return () => void this.#actions.delete(action);
  }

  /** Waits for all of them, at most twice as long as work may go on: the rest of the end does not depend on it. */
  async run(withinMs: number, onError: (error: unknown) => void): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      onError(new Error('work could not be stopped in time'));
      late.resolve();
    }, 2 * withinMs);
    const all = [...this.#actions].map((action) => action(withinMs).catch(onError));
    await Promise.race([Promise.all(all), late.promise]);
    clearTimeout(timer);
  }
}
