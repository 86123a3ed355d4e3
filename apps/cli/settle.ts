import type { Connection } from '#rpc';

const patienceMs = 2_000;

/**
 * Waits until the read models of every service hold what this command did, so that the next command sees it. A server that is slow
 * today does not hold it up for longer than a moment.
 */
export async function settle(connection: Connection, deadlineMs = patienceMs): Promise<void> {
  const minPosition = connection.newestPosition();
  if (minPosition === undefined) return;
  const options = { minPosition, deadlineMs };
  const page = { namespace: '', pageSize: 1, pageToken: '' };
  await Promise.allSettled([
    connection.registry.listKnobs(page, options),
    connection.scheduler.listSweeps(page, options),
    connection.provenance.listReproductions(page, options),
    connection.auditor.listBaselines(page, options),
  ]);
}
