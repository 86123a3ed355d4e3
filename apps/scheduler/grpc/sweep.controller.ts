import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { assertNoProblems } from '#kernel';
import type { scheduler } from '#contracts';
import { callContext, pageSize, type Call } from '#platform';
import { shownText } from '#key-store';
import { positionToken, withReasons } from '#runtime';
import { commandContext, nameProblems, reasonProblems } from '#service';
import { cancelSweep } from '../cancel-sweep.js';
import { findSweep } from '../find-sweep.js';
import { readSweep, type StoredSweep } from '../read-sweep.js';
import { SCHEDULER, type Scheduler } from '../scheduler.js';
import { submitSweep, trySweep } from '../submit-sweep.js';
import { toListedSweep, toMembers, toSweep } from '../sweep.mapper.js';
import type { SweepDocument } from '../sweep.projection.js';
import { memberRuns } from '../sweep.query.js';

const noRuns: ReadonlyMap<number, string> = new Map();

@Controller()
export class SweepController {
  constructor(@Inject(SCHEDULER) private readonly scheduler: Scheduler) {}

  @GrpcMethod('Scheduler')
  async submitSweep(
    request: scheduler.SubmitSweepRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.SubmitSweepResponse> {
    const context = commandContext(callContext(call), request.reason);
    if (request.dryRun) {
      const sweep = await trySweep(this.scheduler, request, context);
      const members = toMembers(sweep, noRuns);
      return { sweep: await this.shown(sweep), created: false, position: '', members };
    }
    const { sweep, created, position } = await submitSweep(this.scheduler, request, context);
    return { sweep: await this.shown(sweep), created, position, members: [] };
  }

  @GrpcMethod('Scheduler')
  async getSweep(
    request: scheduler.GetSweepRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.GetSweepResponse> {
    const { runtime, views } = this.scheduler;
    const context = callContext(call);
    await runtime.reached(context);
    const id = await findSweep(views.sweeps, request);
    const sweep = await readSweep(runtime.engines.eventStore, id);
    // What is counted is no older than what is said of the sweep itself.
    const minPosition = positionToken(sweep.position);
    await runtime.reached({ ...context, minPosition, projections: ['sweeps', 'sweep-members'] });
    const counted = await views.sweeps.get(id);
    const members = request.summary ? [] : toMembers(sweep, await memberRuns(views, id));
    return { sweep: await this.shown(sweep, counted), members };
  }

  @GrpcMethod('Scheduler')
  async listSweeps(
    request: scheduler.ListSweepsRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.ListSweepsResponse> {
    const { runtime, views } = this.scheduler;
    const { namespace } = request;
    assertNoProblems(namespace === '' ? [] : nameProblems('namespace', namespace), 'INVALID_REQUEST');
    const size = pageSize(request.pageSize);
    await runtime.reached(callContext(call));
    const { items, nextPageToken } = await views.sweeps.page({
      where: namespace === '' ? [] : [{ field: 'namespace', is: namespace }],
      sort: { field: 'order', direction: 'desc' },
      pageSize: size,
      pageToken: request.pageToken,
    });
    return { sweeps: (await withReasons(runtime.people, items)).map(toListedSweep), nextPageToken };
  }

  @GrpcMethod('Scheduler')
  async cancelSweep(
    request: scheduler.CancelSweepRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.CancelSweepResponse> {
    const { runtime, views } = this.scheduler;
    const context = callContext(call);
    assertNoProblems(reasonProblems(request.reason), 'INVALID_REQUEST');
    await runtime.reached(context);
    const id = await findSweep(views.sweeps, request);
    const position = await cancelSweep(this.scheduler, id, commandContext(context, request.reason));
    const [sweep, counted] = await Promise.all([
      readSweep(runtime.engines.eventStore, id),
      views.sweeps.get(id),
    ]);
    return { sweep: await this.shown(sweep, counted), position };
  }

  private async shown(sweep: StoredSweep, counted?: SweepDocument): Promise<scheduler.Sweep> {
    const { reason = '' } = sweep.submission.metadata;
    return toSweep(sweep, counted, await shownText(this.scheduler.runtime.people, reason));
  }
}
