import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { assertNoProblems } from '#kernel';
import type { auditor as proto } from '#contracts';
import { callContext, missing, pageSize, type Call } from '#platform';
import { positionToken, withReason, withReasons } from '#runtime';
import { commandContext, insideProblems, nameProblems, reasonProblems } from '#service';
import { AUDITOR, type Auditor } from '../auditor.js';
import { blueprintName } from '../blueprint-name.js';
import { acceptBaseline } from '../baselines/accept-baseline.js';
import { acceptancesOf } from '../baselines/acceptances.js';
import { toBaseline } from '../baselines/baseline.mapper.js';
import { findBaseline } from '../baselines/find-baseline.js';

@Controller()
export class BaselineController {
  constructor(@Inject(AUDITOR) private readonly auditor: Auditor) {}

  @GrpcMethod('Auditor')
  acceptBaseline(
    request: proto.AcceptBaselineRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.AcceptBaselineResponse> {
    return acceptBaseline(this.auditor, request, callContext(call));
  }

  @GrpcMethod('Auditor')
  async retireBaseline(
    request: proto.RetireBaselineRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.RetireBaselineResponse> {
    const context = callContext(call);
    const { namespace } = request;
    assertNoProblems(
      [...insideProblems(namespace), ...missing('id', request.id), ...reasonProblems(request.reason)],
      'INVALID_REQUEST',
    );
    await this.auditor.upToDate(context, ['baselines']);
    const { stream } = await findBaseline(this.auditor.views.baselines, namespace, request.id);
    const command = { type: 'RetireBaseline', at: context.receivedAt } as const;
    const done = await this.auditor.baselines.execute(
      stream,
      command,
      commandContext(context, request.reason),
    );
    return { position: positionToken(done.position) };
  }

  @GrpcMethod('Auditor')
  async getBaseline(
    request: proto.GetBaselineRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.GetBaselineResponse> {
    const { namespace, id } = request;
    assertNoProblems([...insideProblems(namespace), ...missing('id', id)], 'INVALID_REQUEST');
    const { runtime, views } = this.auditor;
    await runtime.reached(callContext(call));
    const found = await findBaseline(views.baselines, namespace, id);
    const acceptances = await acceptancesOf(runtime.engines.eventStore, found);
    const [baseline, history] = await Promise.all([
      withReason(runtime.people, found),
      withReasons(runtime.people, acceptances),
    ]);
    return { baseline: toBaseline(baseline), history: history.map(toBaseline) };
  }

  @GrpcMethod('Auditor')
  async listBaselines(
    request: proto.ListBaselinesRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ListBaselinesResponse> {
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
    const page = await views.baselines.page({
      where: [
        { field: 'namespace', is: namespace },
        ...(blueprint === '' ? [] : [{ field: 'blueprint', is: blueprint }]),
      ],
      sort: { field: 'order', direction: 'asc' },
      pageSize: size,
      pageToken: request.pageToken,
    });
    const shown = await withReasons(runtime.people, page.items);
    return { baselines: shown.map(toBaseline), nextPageToken: page.nextPageToken };
  }
}
