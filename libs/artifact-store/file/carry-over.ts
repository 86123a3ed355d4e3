import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * Copies what the log holds into the database, so that the log begins anew, in a thread of its own: both are synced meanwhile. Whether
 * it worked shows next time; nothing is lost when it did not.
 */
export async function carryOver(path: string): Promise<void> {
  try {
    const script = new URL('./carry-over.worker.js', import.meta.url);
    await once(new Worker(script, { workerData: { path } }), 'exit');
  } catch {
    // Such as a full disk: the log stays as it is and goes on growing.
  }
}
