import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { auditor as proto } from '#contracts';
import { answerStream, callContext, type Call, type StreamCall } from '#platform';
import { AUDITOR, type Auditor } from '../auditor.js';
import { getCheckpoint, getSigningKeys } from '../log/get-checkpoint.js';
import { proveConsistency } from '../log/prove-consistency.js';
import { proveEvents } from '../log/prove-events.js';

@Controller()
export class LogController {
  constructor(@Inject(AUDITOR) private readonly auditor: Auditor) {}

  @GrpcMethod('Auditor')
  getCheckpoint(
    request: proto.GetCheckpointRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.GetCheckpointResponse> {
    return getCheckpoint(this.auditor, request, callContext(call));
  }

  @GrpcMethod('Auditor')
  getSigningKeys(): Promise<proto.GetSigningKeysResponse> {
    return getSigningKeys(this.auditor);
  }

  @GrpcMethod('Auditor')
  proveEvents(
    request: proto.ProveEventsRequest,
    _metadata: unknown,
    call: StreamCall<proto.ProveEventsRequest, proto.ProveEventsResponse>,
  ) {
    return answerStream(call, (context) => proveEvents(this.auditor, request, context));
  }

  @GrpcMethod('Auditor')
  proveConsistency(request: proto.ProveConsistencyRequest): Promise<proto.ProveConsistencyResponse> {
    return proveConsistency(this.auditor.log, request);
  }
}
