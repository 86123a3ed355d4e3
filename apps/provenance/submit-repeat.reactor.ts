import { DomainError, isDomainError, streamUuid, type StreamId } from '#kernel';
import { reproductionCodec, type EventMetadata } from '#contracts/stored';
import type { ReproductionEvent } from '#domain/reproduction';
import type { ProjectedEvent, Reactor } from '#runtime';
import { setOffBy, type Provenance } from './provenance.js';

/** Refusals that no repetition of the same request mends: then there is no run to wait for. */
const final = new Set([
  'invalid',
  'not-found',
  'rule',
  'forbidden',
  'unauthenticated',
  'already-exists',
  'cancelled',
]);

/**
 * Submits the repeated run because a reproduction was started. The key is the reproduction's id: after a crash the same
 * request is sent again, and the scheduler answers with the run there is.
 */
export const submitRepeat = (provenance: Provenance): Reactor => ({
  name: 'submit-repeats',
  kinds: ['reproduction'],
  types: ['ReproductionStarted'],
  async handle(stored, signal) {
    const { event, metadata } = reproductionCodec.decode(stored.type, stored.bytes);
    if (event.type !== 'ReproductionStarted') return;
    const { state } = await provenance.reproductions.load(stored.stream);
    if (state.status === 'concluded') return;
    const { scheduler } = await provenance.scheduler.connection();
    try {
      const { run } = await scheduler.submitRun(
        {
          namespace: event.namespace,
          what: { $case: 'manifest', value: event.manifest },
          overrides: Buffer.alloc(0),
          reason: reasonOf(metadata, stored.stream),
          priority: 0,
          reproductionOf: event.originalRun,
          dryRun: false,
        },
        {
          idempotencyKey: streamUuid(stored.stream),
          correlationId: metadata.correlationId,
          causationId: stored.eventId,
          signal,
        },
      );
      if (run?.id === event.repeatedRun) return;
      const message = `the scheduler made run ${run?.id}, expected was ${event.repeatedRun}`;
      throw new DomainError('bug', 'RUN_ID_UNEXPECTED', message);
    } catch (error) {
      if (signal.aborted || !isDomainError(error) || !final.has(error.kind)) throw error;
      await concludeRefused(provenance, stored, event, error);
    }
  },
});

/** What a person said of it stays where they said it, sealed; `why` walks back to there. */
const reasonOf = ({ reason = '' }: EventMetadata, stream: StreamId): string =>
  typeof reason === 'string' ? reason : `repeated for reproduction ${streamUuid(stream)}`;

/** The scheduler would not take it: said in the reproduction, which would otherwise wait for ever. */
async function concludeRefused(
  provenance: Provenance,
  stored: ProjectedEvent,
  { originalRun }: Extract<ReproductionEvent, { type: 'ReproductionStarted' }>,
  { code, message }: DomainError,
): Promise<void> {
  const remark = `the repeat of run ${originalRun} was not taken: ${code}: ${message}`.slice(0, 1000);
  await provenance.reproductions.execute(
    stored.stream,
    {
      type: 'ConcludeReproduction',
      verdict: 'not-run',
      differences: [],
      remarks: [remark],
      at: provenance.clock.now(),
    },
    setOffBy(provenance, stored),
  );
}
