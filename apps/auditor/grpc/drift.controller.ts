import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { assertNoProblems, DomainError } from '#kernel';
import type { auditor as proto } from '#contracts';
import { callContext, missing, pageSize, type Call } from '#platform';
import { nameProblems, namespaceOf } from '#service';
import { AUDITOR, type Auditor } from '../auditor.js';
import { blueprintName } from '../blueprint-name.js';
import { findDrift } from '../drift/find-drift.js';
import { toDrift } from '../drift/drift.mapper.js';
import { findRun } from '../find-run.js';

@Controller()
export class DriftController {
  constructor(@Inject(AUDITOR) private readonly auditor: Auditor) {}

  @GrpcMethod('Auditor')
  async getDrift(
    request: proto.GetDriftRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.GetDriftResponse> {
    const namespace = namespaceOf(request.namespace);
    assertNoProblems(
      [...nameProblems('namespace', namespace), ...missing('id', request.id)],
      'INVALID_REQUEST',
    );
    const { runtime, views } = this.auditor;
    await runtime.reached(callContext(call));
    return { drift: toDrift(await findDrift(views.drifts, namespace, request.id)) };
  }

  @GrpcMethod('Auditor')
  async listDrift(
    request: proto.ListDriftRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ListDriftResponse> {
    const { namespace, blueprint } = blueprintName(request.blueprint ?? '', request.namespace);
    assertNoProblems(
      [
        ...nameProblems('namespace', namespace),
        ...(blueprint === '' ? [] : nameProblems('blueprint', blueprint)),
      ],
      'INVALID_REQUEST',
    );
    const size = pageSize(request.pageSize);
    const { runtime, views } = this.auditor;
    await runtime.reached(callContext(call));
    const page = await views.drifts.page({
      where: [
        { field: 'namespace', is: namespace },
        ...(blueprint === '' ? [] : [{ field: 'blueprint', is: blueprint }]),
        ...(request.runId === undefined
          ? []
          : [{ field: 'run', is: await this.#run(namespace, request.runId) }]),
      ],
      sort: { field: 'order', direction: 'desc' },
      pageSize: size,
      pageToken: request.pageToken,
    });
    return { drifts: page.items.map(toDrift), nextPageToken: page.nextPageToken };
  }

  /** @throws RUN_NOT_FOUND, AMBIGUOUS_ID */
  async #run(namespace: string, given: string): Promise<string> {
    const run = await findRun(this.auditor.views.runs, namespace, given);
    if (run !== undefined) return run.id;
    const message = `there is no run ${given} in ${namespace}; \`holdfast runs\` shows what there is`;
    throw new DomainError('not-found', 'RUN_NOT_FOUND', message);
  }
}
