import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { auditor as proto } from '#contracts';
import { answerStream, callContext, type Call, type StreamCall } from '#platform';
import { AUDITOR, type Auditor } from '../auditor.js';
import { listAudits } from '../verification/list-audits.js';
import { verifyOnRequest } from '../verification/verify-on-request.js';

@Controller()
export class AuditController {
  constructor(@Inject(AUDITOR) private readonly auditor: Auditor) {}

  @GrpcMethod('Auditor')
  verifyLog(
    request: proto.VerifyLogRequest,
    _metadata: unknown,
    call: StreamCall<proto.VerifyLogRequest, proto.VerifyLogResponse>,
  ) {
    return answerStream(call, (context) => verifyOnRequest(this.auditor, request, context));
  }

  @GrpcMethod('Auditor')
  listAudits(
    request: proto.ListAuditsRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ListAuditsResponse> {
    return listAudits(this.auditor, request, callContext(call));
  }
}
