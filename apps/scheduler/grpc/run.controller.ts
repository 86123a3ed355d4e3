import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { scheduler } from '#contracts';
import { answerStream, callContext, type Call, type StreamCall } from '#platform';
import { withReason, withReasons } from '#runtime';
import { commandContext } from '#service';
import { cancelRun } from '../cancel-run.js';
import { findRun } from '../find-run.js';
import { listRuns } from '../run-list.query.js';
import { toListedRun, toRun } from '../run.mapper.js';
import type { RunDocument } from '../run.projection.js';
import { SCHEDULER, type Scheduler } from '../scheduler.js';
import { submitRun, tryRun } from '../submit-run.js';
import { tailLogs } from '../tail-logs.js';
import { watchRun } from '../watch-run.js';

@Controller()
export class RunController {
  constructor(@Inject(SCHEDULER) private readonly scheduler: Scheduler) {}

  @GrpcMethod('Scheduler')
  async submitRun(
    { dryRun, ...request }: scheduler.SubmitRunRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.SubmitRunResponse> {
    const called = callContext(call);
    const context = commandContext(called, request.reason);
    if (dryRun) {
      const run = await tryRun(this.scheduler, request, context);
      return { run: await this.shown(run), created: false, position: '' };
    }
    await this.scheduler.present.whenReady(called);
    const { run, created, position } = await submitRun(this.scheduler, request, context);
    return { run: await this.shown(run), created, position };
  }

  @GrpcMethod('Scheduler')
  async getRun(
    { namespace, id }: scheduler.GetRunRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.GetRunResponse> {
    const { runtime, views } = this.scheduler;
    await runtime.reached({ ...callContext(call), projections: ['runs'] });
    return { run: await this.shown(await findRun(views.runs, namespace, id)) };
  }

  @GrpcMethod('Scheduler')
  async listRuns(
    request: scheduler.ListRunsRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.ListRunsResponse> {
    const { runtime, views } = this.scheduler;
    await runtime.reached({ ...callContext(call), projections: ['runs'] });
    const { items, nextPageToken } = await listRuns(views.runs, request);
    return { runs: (await withReasons(runtime.people, items)).map(toListedRun), nextPageToken };
  }

  @GrpcMethod('Scheduler')
  async cancelRun(
    { namespace, id, reason }: scheduler.CancelRunRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.CancelRunResponse> {
    const context = callContext(call);
    const { run, position } = await cancelRun(this.scheduler, { namespace, id, reason }, context);
    return { run: await this.shown(run), position };
  }

  @GrpcMethod('Scheduler')
  watchRun(
    request: scheduler.WatchRunRequest,
    _metadata: unknown,
    call: StreamCall<scheduler.WatchRunRequest, scheduler.WatchRunResponse>,
  ) {
    return answerStream(call, (context) => watchRun(this.scheduler, request, context));
  }

  @GrpcMethod('Scheduler')
  tailLogs(
    request: scheduler.TailLogsRequest,
    _metadata: unknown,
    call: StreamCall<scheduler.TailLogsRequest, scheduler.TailLogsResponse>,
  ) {
    return answerStream(call, (context) => tailLogs(this.scheduler, request, context));
  }

  private async shown(run: RunDocument): Promise<scheduler.Run> {
    return toRun(await withReason(this.scheduler.runtime.people, run));
  }
}
