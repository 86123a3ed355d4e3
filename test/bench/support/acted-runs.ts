import type { Connection } from '#rpc';
import { actingExecutor } from './acting-executor.js';
import { submitTrivial } from './trivial-run.js';

/** Runs that go the whole way but for the process: by so many clients and as many slots. */
export async function actedRuns(connection: Connection, clients: number) {
  const { pool, act } = await actingExecutor(connection, clients);
  /** @returns runs a second, from the first submission to the last end on disk */
  return async (count: number, steps = 1): Promise<number> => {
    const startedAt = performance.now();
    let toSubmit = count;
    const taken = { left: count, none: new AbortController() };
    const submit = async () => {
      while (toSubmit-- > 0) await submitTrivial(connection, { pool, steps });
    };
    await Promise.all(Array.from({ length: clients }, () => Promise.all([submit(), act(taken, steps)])));
    return (count * 1000) / (performance.now() - startedAt);
  };
}
