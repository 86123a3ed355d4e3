import { DomainError } from '#kernel';
import { matching } from '#platform';
import type { Present } from './present.js';
import type { QueueDocument } from './queue.projection.js';

const name = '(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)*|\\*)';

/** `penguins=4,*=16`: runs of a namespace that are held at a time; `*` for each that is not named. */
export const quotaList = matching(
  new RegExp(`^${name}=[1-9][0-9]{0,5}(?:,${name}=[1-9][0-9]{0,5})*$`),
  'must be NAMESPACE=RUNS,… with * for every other namespace, such as penguins=4,*=16',
);

export type Quotas = ReadonlyMap<string, number>;

/** The setting taken apart; of a name that comes twice the last counts. */
export const quotasOf = (setting: string): Quotas =>
  new Map(
    setting
      .split(',')
      .filter((pair) => pair !== '')
      .map((pair) => pair.split('='))
      .map(([namespace = '', runs]) => [namespace, Number(runs)]),
  );

/**
 * Of what waits, what its namespace may have now. By what this scheduler knows: several that claim at the same moment can
 * exceed a quota by one each.
 */
export function withinQuotas(
  waiting: readonly QueueDocument[],
  held: readonly Pick<QueueDocument, 'namespace'>[],
  quotas: Quotas,
): readonly QueueDocument[] {
  if (quotas.size === 0) return waiting;
  const running = new Map<string, number>();
  for (const { namespace } of held) running.set(namespace, (running.get(namespace) ?? 0) + 1);
  return waiting.filter(
    ({ namespace }) => (running.get(namespace) ?? 0) < (quotas.get(namespace) ?? quotas.get('*') ?? Infinity),
  );
}

export interface QueueLimits {
  /** Waiting runs in all. */
  readonly queueLimit: number;
  /** Waiting runs of one namespace. */
  readonly namespaceQueueLimit: number;
}

/** When a submitter that was refused may try again. */
const retryAfterMs = 5_000;

/** @throws QUEUE_FULL (exhausted) with `retryAfterMs` where no more runs may wait, NOT_READY before that is known */
export function assertRoom(present: Present, namespace: string, limits: QueueLimits): void {
  const full = (what: string, limit: number, setting: string) =>
    new DomainError(
      'exhausted',
      'QUEUE_FULL',
      `${limit} runs wait ${what}, as many as may; nothing was recorded. Try again in ${retryAfterMs / 1000} s, add executors, or raise ${setting}`,
      { facts: { limit, retryAfterMs } },
    );
  if (present.waitingCount() >= limits.queueLimit)
    throw full('here', limits.queueLimit, 'HOLDFAST_QUEUE_LIMIT');
  if (present.waitingCount(namespace) >= limits.namespaceQueueLimit)
    throw full(`in ${namespace}`, limits.namespaceQueueLimit, 'HOLDFAST_NAMESPACE_QUEUE_LIMIT');
}
