import type { common } from '#contracts';
import type { Document } from '#read-store';
import type { ProjectionRunner } from './projection-runner.js';

/** A rebuild as a stream of messages: how far it is, at most one message per batch folded, then what it found. */
export async function* progressOf(
  runner: ProjectionRunner<Document>,
): AsyncGenerator<common.RebuildProgress, void> {
  const { events: eventsTotal } = await runner.status();
  let eventsDone = 0;
  let moved = Promise.withResolvers<void>();
  const rebuild = runner.rebuild((events) => {
    eventsDone = events;
    moved.resolve();
  });
  // Looked at again below; without this a failure while the client is slow would count as unhandled.
  rebuild.catch(() => undefined);
  const finished = rebuild.then(
    () => true,
    () => true,
  );
  for (;;) {
    const done = await Promise.race([finished, moved.promise.then(() => false)]);
    if (done) break;
    moved = Promise.withResolvers<void>();
    yield { eventsDone, eventsTotal, result: undefined };
  }
  const { identical, documents, digest, firstDifference } = await rebuild;
  yield {
    eventsDone,
    eventsTotal,
    result: {
      identical,
      documents,
      digest,
      firstDifferenceId: firstDifference?.id,
      liveJson: firstDifference?.live,
      rebuiltJson: firstDifference?.rebuilt,
    },
  };
}
