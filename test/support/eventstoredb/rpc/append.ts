import type { sendUnaryData, ServerReadableStream } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Faults } from '../faults.js';
import type { Expected } from '../store/expectation.js';
import type { Proposed, Store } from '../store/store.js';
import { appendOrMisbehave, type Appended } from './appending.js';
import {
  maxAppendBytes,
  maxAppendSizeExceeded,
  notReady,
  requiredMetadataMissing,
  streamDeleted,
  timedOut,
} from './errors.js';
import { bytesOf, expectedOf, nameOf, proposedOf } from './messages.js';

type AppendReq = InstanceType<typeof streams.AppendReq>;
type AppendResp = InstanceType<typeof streams.AppendResp>;

/** `Streams.Append`: options, then events one by one; the whole is one append. */
export const append =
  (store: Store, faults: Faults) =>
  (call: ServerReadableStream<AppendReq, AppendResp>, answer: sendUnaryData<AppendResp>): void => {
    received(call)
      .then(async ({ stream, expected, events }) =>
        responseOf(stream, expected, await appendOrMisbehave(store, faults, stream, expected, events)),
      )
      .then(
        (response) => answer(null, response),
        (error: unknown) => answer(error as Error),
      );
  };

async function received(
  call: ServerReadableStream<AppendReq, AppendResp>,
): Promise<{ stream: string; expected: Expected; events: Proposed[] }> {
  let stream = '';
  let expected: Expected = 'any';
  let bytes = 0;
  const events: Proposed[] = [];
  for await (const request of call as AsyncIterable<AppendReq>) {
    const options = request.getOptions();
    if (options !== undefined) {
      stream = nameOf(options.getStreamIdentifier());
      expected = expectedOf(options, options.getRevision());
    }
    const message = request.getProposedMessage();
    if (message === undefined) continue;
    const event = proposedOf(message);
    if (typeof event === 'string') throw requiredMetadataMissing(event);
    bytes += bytesOf(event);
    if (bytes > maxAppendBytes) throw maxAppendSizeExceeded();
    events.push(event);
  }
  return { stream, expected, events };
}

function responseOf(stream: string, expected: Expected, appended: Appended): AppendResp {
  switch (appended.kind) {
    case 'written':
      return new streams.AppendResp().setSuccess(successOf(appended));
    case 'wrong-revision':
      return new streams.AppendResp().setWrongExpectedVersion(wrongOf(expected, appended.current));
    case 'deleted':
      throw streamDeleted(stream);
    case 'not-ready':
      throw notReady();
    case 'timed-out':
      throw timedOut();
  }
}

function successOf({
  revision,
  position,
}: Extract<Appended, { kind: 'written' }>): InstanceType<typeof streams.AppendResp.Success> {
  const success = new streams.AppendResp.Success();
  if (revision < 0) success.setNoStream(new shared.Empty());
  else success.setCurrentRevision(String(revision));
  if (position === undefined) return success.setNoPosition(new shared.Empty());
  return success.setPosition(
    new streams.AppendResp.Position()
      .setCommitPosition(String(position))
      .setPreparePosition(String(position)),
  );
}

function wrongOf(
  expected: Expected,
  current: number,
): InstanceType<typeof streams.AppendResp.WrongExpectedVersion> {
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (current < 0) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(current));
  if (expected === 'any') return wrong.setExpectedAny(new shared.Empty());
  if (expected === 'stream-exists') return wrong.setExpectedStreamExists(new shared.Empty());
  if (expected === 'no-stream') return wrong.setExpectedNoStream(new shared.Empty());
  return wrong.setExpectedRevision(String(expected));
}
