import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { provenance as proto } from '#contracts';
import { answerStream, callContext, type Call, type StreamCall } from '#platform';
import { PROVENANCE, type Provenance } from '../provenance.js';
import { dispose } from '../retention/dispose.js';
import { disposeExpired } from '../retention/dispose-expired.js';
import { assignRetention, declareRetention, getRetention, listRetention } from '../retention/rules.js';

/** How long bytes are kept, and that they go. */
@Controller()
export class RetentionController {
  constructor(@Inject(PROVENANCE) private readonly provenance: Provenance) {}

  @GrpcMethod('Provenance')
  declareRetention(
    request: proto.DeclareRetentionRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.DeclareRetentionResponse> {
    return declareRetention(this.provenance, request, callContext(call));
  }

  @GrpcMethod('Provenance')
  assignRetention(
    request: proto.AssignRetentionRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.AssignRetentionResponse> {
    return assignRetention(this.provenance, request, callContext(call));
  }

  @GrpcMethod('Provenance')
  listRetention(
    request: proto.ListRetentionRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ListRetentionResponse> {
    return listRetention(this.provenance, request, callContext(call));
  }

  @GrpcMethod('Provenance')
  getRetention(
    request: proto.GetRetentionRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.GetRetentionResponse> {
    return getRetention(this.provenance, request, callContext(call));
  }

  @GrpcMethod('Provenance')
  dispose(request: proto.DisposeRequest, _metadata: unknown, call: Call): Promise<proto.DisposeResponse> {
    return dispose(this.provenance, request, callContext(call));
  }

  @GrpcMethod('Provenance')
  disposeExpired(
    request: proto.DisposeExpiredRequest,
    _metadata: unknown,
    call: StreamCall<proto.DisposeExpiredRequest, proto.DisposeExpiredResponse>,
  ) {
    return answerStream(call, (context) => disposeExpired(this.provenance, request, context));
  }
}
