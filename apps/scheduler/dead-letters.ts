import { assertNoProblems, type Problem } from '#kernel';
import type { scheduler } from '#contracts';
import type { CallContext, Log } from '#platform';
import { sealedReason } from '#runtime';
import { reasonProblems } from '#service';
import type { Scheduler } from './scheduler.js';

/** Of topics of ours: a broker may have others, which are nobody's business here. */
const prefix = 'holdfast.';

/** What no handler of any service could take. @throws BUS_UNAVAILABLE */
export async function listDeadLetters({
  runtime,
}: Pick<Scheduler, 'runtime'>): Promise<scheduler.ListDeadLettersResponse> {
  const found = await runtime.engines.bus.deadLetters(prefix);
  return { deadLetters: [...found] };
}

/**
 * Puts them back where they were; what is still poisonous is put aside again. It is no event, since nothing of it is history: the log
 * says who did it, and why, sealed as in an event.
 * @throws INVALID_REQUEST, BUS_UNAVAILABLE
 */
export async function replayDeadLetters(
  { runtime }: Pick<Scheduler, 'runtime'>,
  log: Log,
  { topic, limit, reason }: scheduler.ReplayDeadLettersRequest,
  context: CallContext,
): Promise<scheduler.ReplayDeadLettersResponse> {
  assertNoProblems(
    [...topicProblems(topic), ...limitProblems(limit), ...reasonProblems(reason)],
    'INVALID_REQUEST',
  );
  const { actor, correlationId } = context;
  const why = await sealedReason(runtime.people, { ...context, reason });
  const replayed = await runtime.engines.bus.replay(topic, limit === undefined ? {} : { limit });
  log.info('dead letters were replayed', { topic, replayed, actor: actor.id, reason: why, correlationId });
  return { replayed };
}

function topicProblems(topic: string): readonly Problem[] {
  if (/^holdfast\.[A-Za-z0-9._-]{1,220}$/.test(topic) && !topic.endsWith('.dead-letters')) return [];
  return [
    {
      code: 'TOPIC_INVALID',
      field: 'topic',
      message: `is a topic of ours, whose name begins with ${prefix}, not that of its dead letters`,
      found: topic.slice(0, 120),
      fix: '`holdfast dead-letters` lists them',
    },
  ];
}

function limitProblems(limit: number | undefined): readonly Problem[] {
  if (limit === undefined || limit > 0) return [];
  const message = 'is a whole number of 1 or more';
  return [{ code: 'LIMIT_INVALID', field: 'limit', message, found: String(limit) }];
}
