import type { sendUnaryData, ServerDuplexStream, ServerReadableStream } from '@grpc/grpc-js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Expected } from '../store/expectation.js';
import type { Proposed, Store, Written } from '../store/store.js';
import { idBytes, identifierOf, nameOf } from './messages.js';

type AppendReq = InstanceType<typeof streams.AppendReq>;
type AppendResp = InstanceType<typeof streams.AppendResp>;
type BatchReq = InstanceType<typeof streams.BatchAppendReq>;
type BatchResp = InstanceType<typeof streams.BatchAppendResp>;
type Message = InstanceType<
  typeof streams.AppendReq.ProposedMessage | typeof streams.BatchAppendReq.ProposedMessage
>;

const proposed = (message: Message): Proposed => ({
  id: idBytes(message.getId()),
  type: message.getMetadataMap().get('type') ?? '',
  isJson: message.getMetadataMap().get('content-type') === 'application/json',
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
});

/** `Streams.Append`: options, then events one by one; the whole is one append. */
export function append(store: Store) {
  return (call: ServerReadableStream<AppendReq, AppendResp>, answer: sendUnaryData<AppendResp>): void => {
    let stream = '';
    let expected: Expected = 'any';
    const events: Proposed[] = [];
    call.on('data', (request: AppendReq) => {
      const options = request.getOptions();
      if (options !== undefined) {
        stream = nameOf(options.getStreamIdentifier());
        if (options.hasNoStream()) expected = 'no-stream';
        else if (options.hasStreamExists()) expected = 'stream-exists';
        else if (options.hasRevision()) expected = Number(options.getRevision());
      }
      const message = request.getProposedMessage();
      if (message !== undefined) events.push(proposed(message));
    });
    call.on('end', () => {
      store.append(stream, expected, events).then(
        (written) => answer(null, appendResponse(expected, written)),
        (error: unknown) => answer(error as Error),
      );
    });
  };
}

function appendResponse(expected: Expected, written: Written): AppendResp {
  const response = new streams.AppendResp();
  if (written.kind === 'written') {
    const success = new streams.AppendResp.Success().setCurrentRevision(String(written.revision));
    success.setPosition(
      new streams.AppendResp.Position()
        .setCommitPosition(String(written.position))
        .setPreparePosition(String(written.position)),
    );
    return response.setSuccess(success);
  }
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  const current = written.kind === 'wrong-revision' ? written.current : -1;
  if (current < 0) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(current));
  if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new shared.Empty());
  else if (expected === 'no-stream') wrong.setExpectedNoStream(new shared.Empty());
  else wrong.setExpectedRevision(String(expected));
  return response.setWrongExpectedVersion(wrong);
}

/** `Streams.BatchAppend`: many appends over one call, each told by its correlation id. */
export function batchAppend(store: Store) {
  return (call: ServerDuplexStream<BatchReq, BatchResp>): void => {
    const pending = new Map<string, { stream: string; expected: Expected; events: Proposed[] }>();
    call.on('data', (request: BatchReq) => {
      const correlation = Buffer.from(idBytes(request.getCorrelationId())).toString('hex');
      const options = request.getOptions();
      if (options !== undefined) {
        let expected: Expected = 'any';
        if (options.hasNoStream()) expected = 'no-stream';
        else if (options.hasStreamExists()) expected = 'stream-exists';
        else if (options.hasStreamPosition()) expected = Number(options.getStreamPosition());
        pending.set(correlation, { stream: nameOf(options.getStreamIdentifier()), expected, events: [] });
      }
      const one = pending.get(correlation);
      if (one === undefined) return;
      one.events.push(...request.getProposedMessagesList().map(proposed));
      if (!request.getIsFinal()) return;
      pending.delete(correlation);
      store.append(one.stream, one.expected, one.events).then(
        (written) => {
          const response = batchResponse(one.expected, written);
          call.write(
            response
              .setCorrelationId(request.getCorrelationId())
              .setStreamIdentifier(identifierOf(one.stream)),
          );
        },
        (error: unknown) => call.destroy(error as Error),
      );
    });
    call.on('end', () => call.end());
  };
}

function batchResponse(expected: Expected, written: Written): BatchResp {
  const response = new streams.BatchAppendResp();
  if (written.kind === 'written') {
    const success = new streams.BatchAppendResp.Success().setCurrentRevision(String(written.revision));
    success.setPosition(
      new shared.AllStreamPosition()
        .setCommitPosition(String(written.position))
        .setPreparePosition(String(written.position)),
    );
    return response.setSuccess(success);
  }
  const wrong = new shared.WrongExpectedVersion();
  const current = written.kind === 'wrong-revision' ? written.current : -1;
  if (current < 0) wrong.setCurrentNoStream(new empty.Empty());
  else wrong.setCurrentStreamRevision(String(current));
  if (expected === 'any') wrong.setExpectedAny(new empty.Empty());
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new empty.Empty());
  else if (expected === 'no-stream') wrong.setExpectedNoStream(new empty.Empty());
  else wrong.setExpectedStreamPosition(String(expected));
  const details = new any.Any();
  details.pack(wrong.serializeBinary(), 'event_store.client.WrongExpectedVersion');
  return response.setError(
    new status.Status().setCode(9).setMessage('WrongExpectedVersion').setDetails(details),
  );
}
