import { Controller, Module } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { DomainError, streamId } from '#kernel';
import { nameId } from '#evidence';
import { scheduler } from '#contracts';
import { callContext, createLog, startService, type Call, type Running } from '#platform';
import { writeRun, type Place, type WrittenRun } from './written-runs.js';

/** A scheduler over gRPC that makes of each request the run it was told, already at its end. */
export interface StubScheduler {
  readonly running: Running;
  /** What the next submitted run becomes; an error refuses it. */
  next: WrittenRun | DomainError;
  /** Answers of `GetRun` by id as asked. */
  readonly runs: Map<string, string>;
  readonly asked: scheduler.GetRunRequest[];
  readonly requests: scheduler.SubmitRunRequest[];
}

export async function startStubScheduler(place: Place): Promise<StubScheduler> {
  const stub: Omit<StubScheduler, 'running'> = { next: {}, runs: new Map(), asked: [], requests: [] };
  const answer = (id: string) =>
    scheduler.Run.fromPartial({
      id,
      stream: streamId('run', id),
      status: scheduler.RunStatus.RUN_STATUS_QUEUED,
    });

  @Controller()
  class SchedulerController {
    @GrpcMethod('Scheduler')
    async submitRun(request: scheduler.SubmitRunRequest, _metadata: unknown, call: Call) {
      const { commandId, causationId } = callContext(call);
      const id = nameId('run', commandId);
      stub.requests.push(request);
      if (stub.next instanceof DomainError) throw stub.next;
      const { reproductionOf } = request;
      const more = {
        ...(reproductionOf === undefined ? {} : { reproductionOf }),
        ...(causationId === undefined ? {} : { causationId }),
      };
      await writeRun(place, id, { ...stub.next, ...more });
      stub.runs.set(id, id);
      return { run: answer(id), created: true, position: '' };
    }

    @GrpcMethod('Scheduler')
    getRun(request: scheduler.GetRunRequest) {
      stub.asked.push(request);
      const found = stub.runs.get(request.id);
      if (found === undefined) throw new DomainError('not-found', 'RUN_NOT_FOUND', 'no such run');
      return { run: answer(found) };
    }
  }

  @Module({ controllers: [SchedulerController] })
  class StubModule {}

  const running = await startService({
    name: 'scheduler',
    module: StubModule,
    services: [{ name: 'holdfast.scheduler.v1.Scheduler', definition: scheduler.SchedulerService }],
    host: '127.0.0.1',
    grpcPort: 0,
    log: createLog({ service: 'scheduler', level: 'error' }),
  });
  return Object.assign(stub, { running });
}
