import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { provenance as proto } from '#contracts';
import type { Instruments } from '#observability';
import { answerStream, callContext, INSTRUMENTS, type Call, type StreamCall } from '#platform';
import { countingBytes } from '#service';
import { collectGarbage } from '../collect-garbage.js';
import { giveBlob } from '../give-blob.js';
import { PROVENANCE, type Provenance } from '../provenance.js';
import { scrub } from '../scrub.js';
import { getUsage } from '../usage.query.js';

@Controller()
export class ArtifactController {
  constructor(
    @Inject(PROVENANCE) private readonly provenance: Provenance,
    @Inject(INSTRUMENTS) private readonly instruments: Instruments,
  ) {}

  @GrpcMethod('Provenance')
  getBlob(
    request: proto.GetBlobRequest,
    _metadata: unknown,
    call: StreamCall<proto.GetBlobRequest, proto.GetBlobResponse>,
  ) {
    return answerStream(call, ({ signal }) =>
      countingBytes(giveBlob(this.provenance, request, signal), this.instruments, 'out'),
    );
  }

  @GrpcMethod('Provenance')
  getUsage(request: proto.GetUsageRequest, _metadata: unknown, call: Call): Promise<proto.GetUsageResponse> {
    return getUsage(this.provenance, request, callContext(call));
  }

  @GrpcMethod('Provenance')
  collectGarbage(
    request: proto.CollectGarbageRequest,
    _metadata: unknown,
    call: StreamCall<proto.CollectGarbageRequest, proto.CollectGarbageResponse>,
  ) {
    return answerStream(call, (context) => collectGarbage(this.provenance, request, context));
  }

  @GrpcMethod('Provenance')
  scrub(
    _request: proto.ScrubRequest,
    _metadata: unknown,
    call: StreamCall<proto.ScrubRequest, proto.ScrubResponse>,
  ) {
    return answerStream(call, (context) => scrub(this.provenance, context));
  }
}
