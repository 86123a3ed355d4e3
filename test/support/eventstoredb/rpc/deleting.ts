import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Expected } from '../store/expectation.js';
import type { Store, Written } from '../store/store.js';
import { streamDeleted, wrongExpectedVersion } from './errors.js';
import { expectedOf, nameOf } from './messages.js';

type DeleteReq = InstanceType<typeof streams.DeleteReq>;
type DeleteResp = InstanceType<typeof streams.DeleteResp>;
type TombstoneReq = InstanceType<typeof streams.TombstoneReq>;
type TombstoneResp = InstanceType<typeof streams.TombstoneResp>;

/** `Streams.Delete`: soft. */
export const softDelete =
  (store: Store) =>
  ({ request }: ServerUnaryCall<DeleteReq, DeleteResp>, answer: sendUnaryData<DeleteResp>): void => {
    const { stream, expected } = wantedBy(request);
    positionOf(stream, expected, store.delete(stream, expected)).then(
      (position) =>
        answer(
          null,
          new streams.DeleteResp().setPosition(
            new streams.DeleteResp.Position().setCommitPosition(position).setPreparePosition(position),
          ),
        ),
      (error: unknown) => answer(error as Error),
    );
  };

/** `Streams.Tombstone`: for good. */
export const tombstone =
  (store: Store) =>
  ({ request }: ServerUnaryCall<TombstoneReq, TombstoneResp>, answer: sendUnaryData<TombstoneResp>): void => {
    const { stream, expected } = wantedBy(request);
    positionOf(stream, expected, store.tombstone(stream, expected)).then(
      (position) =>
        answer(
          null,
          new streams.TombstoneResp().setPosition(
            new streams.TombstoneResp.Position().setCommitPosition(position).setPreparePosition(position),
          ),
        ),
      (error: unknown) => answer(error as Error),
    );
  };

function wantedBy(request: DeleteReq | TombstoneReq): { stream: string; expected: Expected } {
  const options = request.getOptions();
  if (options === undefined) return { stream: '', expected: 'any' };
  return {
    stream: nameOf(options.getStreamIdentifier()),
    expected: expectedOf(options, options.getRevision()),
  };
}

async function positionOf(stream: string, expected: Expected, deleting: Promise<Written>): Promise<string> {
  const done = await deleting;
  if (done.kind === 'deleted') throw streamDeleted(stream);
  if (done.kind === 'wrong-revision') throw wrongExpectedVersion(stream, expected, done.current);
  return String(done.position);
}
