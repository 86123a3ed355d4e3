import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { auditor as proto } from '#contracts';
import { answerStream, type StreamCall } from '#platform';
import { AUDITOR, type Auditor } from '../auditor.js';
import { exportAudit } from '../exports/export-audit.js';

@Controller()
export class ExportController {
  constructor(@Inject(AUDITOR) private readonly auditor: Auditor) {}

  @GrpcMethod('Auditor')
  exportAudit(
    request: proto.ExportAuditRequest,
    _metadata: unknown,
    call: StreamCall<proto.ExportAuditRequest, proto.ExportAuditResponse>,
  ) {
    return answerStream(call, (context) => exportAudit(this.auditor, request, context));
  }
}
