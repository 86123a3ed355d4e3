import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { auditor as proto } from '#contracts';
import { answerStream, callContext, type Call, type StreamCall } from '#platform';
import { AUDITOR, type Auditor } from '../auditor.js';
import { compareMoments } from '../history/compare-moments.js';
import { explainWhy } from '../history/explain-why.js';
import { readHistory } from '../history/read-history.js';

@Controller()
export class HistoryController {
  constructor(@Inject(AUDITOR) private readonly auditor: Auditor) {}

  @GrpcMethod('Auditor')
  readHistory(
    request: proto.ReadHistoryRequest,
    _metadata: unknown,
    call: StreamCall<proto.ReadHistoryRequest, proto.ReadHistoryResponse>,
  ) {
    return answerStream(call, (context) => readHistory(this.auditor, request, context));
  }

  @GrpcMethod('Auditor')
  explainWhy(
    request: proto.ExplainWhyRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ExplainWhyResponse> {
    return explainWhy(this.auditor, request, callContext(call));
  }

  @GrpcMethod('Auditor')
  compareMoments(
    request: proto.CompareMomentsRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.CompareMomentsResponse> {
    return compareMoments(this.auditor, request, callContext(call));
  }
}
