import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import type { MethodDefinition } from './service-client.js';

/** `unknown`: nobody there has heard of the service. */
export type ServingStatus = 'serving' | 'not-serving' | 'unknown';

const statuses: readonly ServingStatus[] = ['unknown', 'serving', 'not-serving', 'unknown'];

/**
 * grpc.health.v1.Health/Check, by hand: a request with one string, an answer with one enum
 * (github.com/grpc/grpc, src/proto/grpc/health/v1/health.proto).
 */
export const checkHealth: MethodDefinition<{ readonly service: string }, ServingStatus> = {
  path: '/grpc.health.v1.Health/Check',
  requestStream: false,
  responseStream: false,
  requestSerialize: ({ service }) => Buffer.from(new BinaryWriter().uint32(10).string(service).finish()),
  responseDeserialize: (bytes) => {
    const reader = new BinaryReader(bytes);
    let status: ServingStatus = 'unknown';
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === 1 && wireType === 0) status = statuses[reader.int32()] ?? 'unknown';
      else reader.skip(wireType);
    }
    return status;
  },
};
