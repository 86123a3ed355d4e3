import anyPb from 'google-protobuf/google/protobuf/any_pb.js';
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js';
import code from '@eventstore/db-client/generated/code_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import type { Expected } from '../store/expectation.js';
import { maxAppendBytes } from './errors.js';
import { identifierOf } from './messages.js';

/** How `BatchAppend` says that one append failed: the rest of the call goes on. */
export type BatchStatus = InstanceType<typeof statusPb.Status>;

interface Details {
  serializeBinary(): Uint8Array;
}

function statusOf(name: string, kind: number, details: Details, message = name): BatchStatus {
  const packed = new anyPb.Any();
  packed.pack(details.serializeBinary(), `event_store.client.${name}`);
  return new statusPb.Status().setCode(kind).setMessage(message).setDetails(packed);
}

export const timeout = (): BatchStatus =>
  statusOf('Timeout', code.Code.DEADLINE_EXCEEDED, new shared.Timeout());

export const deleted = (stream: string): BatchStatus =>
  statusOf(
    'StreamDeleted',
    code.Code.NOT_FOUND,
    new shared.StreamDeleted().setStreamIdentifier(identifierOf(stream)),
  );

export const tooLarge = (): BatchStatus =>
  statusOf(
    'MaximumAppendSizeExceeded',
    code.Code.INVALID_ARGUMENT,
    new shared.MaximumAppendSizeExceeded().setMaxappendsize(maxAppendBytes),
  );

export const badRequest = (message: string): BatchStatus =>
  statusOf('BadRequest', code.Code.INVALID_ARGUMENT, new shared.BadRequest().setMessage(message));

/** Without details that a client could tell it by: the real server's are empty. */
export function notReadyStatus(): BatchStatus {
  const details = new anyPb.Any();
  details.pack(new emptyPb.Empty().serializeBinary(), 'google.protobuf.Empty');
  return new statusPb.Status().setMessage('Server Is Not Ready').setDetails(details);
}

export function wrongExpectedVersion(expected: Expected, current: number): BatchStatus {
  const wrong = new shared.WrongExpectedVersion();
  if (current < 0) wrong.setCurrentNoStream(new emptyPb.Empty());
  else wrong.setCurrentStreamRevision(String(current));
  if (expected === 'any') wrong.setExpectedAny(new emptyPb.Empty());
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new emptyPb.Empty());
  else if (expected === 'no-stream') wrong.setExpectedNoStream(new emptyPb.Empty());
  else wrong.setExpectedStreamPosition(String(expected));
  return statusOf('WrongExpectedVersion', code.Code.ALREADY_EXISTS, wrong);
}
