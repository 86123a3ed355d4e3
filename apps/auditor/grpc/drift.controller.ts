import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { assertNoProblems } from '#kernel';
import type { auditor as proto } from '#contracts';
import { callContext, missing, type Call } from '#platform';
import { insideProblems } from '#service';
import { AUDITOR, type Auditor } from '../auditor.js';
import { findDrift } from '../drift/find-drift.js';
import { toDrift } from '../drift/drift.mapper.js';
import { listDrift } from '../drift/list-drift.js';

@Controller()
export class DriftController {
  constructor(@Inject(AUDITOR) private readonly auditor: Auditor) {}

  @GrpcMethod('Auditor')
  async getDrift(
    request: proto.GetDriftRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.GetDriftResponse> {
    const { namespace, id } = request;
    assertNoProblems([...insideProblems(namespace), ...missing('id', id)], 'INVALID_REQUEST');
    const { runtime, views } = this.auditor;
    await runtime.reached(callContext(call));
    return { drift: toDrift(await findDrift(views.drifts, namespace, id)) };
  }

  @GrpcMethod('Auditor')
  listDrift(
    request: proto.ListDriftRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ListDriftResponse> {
    return listDrift(this.auditor, request, callContext(call));
  }
}
