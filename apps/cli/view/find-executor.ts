import { DomainError } from '#kernel';
import type { Connection } from '#rpc';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The executor that a person means: its id, an unambiguous beginning of it, or `last`, the one that joined last.
 * @throws EXECUTOR_NOT_FOUND, EXECUTOR_AMBIGUOUS
 */
export async function findExecutor(scheduler: Connection['scheduler'], given: string): Promise<string> {
  if (uuid.test(given)) return given;
  const found: { id: string; joinedAt: string }[] = [];
  let pageToken = '';
  do {
    const page = await scheduler.listExecutors({ pageSize: 1000, pageToken }, { repeatable: true });
    found.push(...page.executors.map(({ id, joinedAt = '' }) => ({ id, joinedAt })));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  if (given === 'last') {
    const newest = found.toSorted((a, b) => (a.joinedAt < b.joinedAt ? 1 : -1))[0];
    if (newest !== undefined) return newest.id;
  }
  const matches = given.length < 4 ? [] : found.filter(({ id }) => id.startsWith(given));
  const [one, ...others] = matches;
  if (one === undefined) {
    const message = `there is no executor ${given}; \`holdfast executors\` shows them`;
    throw new DomainError('not-found', 'EXECUTOR_NOT_FOUND', message);
  }
  if (others.length === 0) return one.id;
  const ids = matches.slice(0, 5).map(({ id }) => id);
  const message = `${given} could be ${ids.join(', ')}; write more of it`;
  throw new DomainError('invalid', 'EXECUTOR_AMBIGUOUS', message);
}
