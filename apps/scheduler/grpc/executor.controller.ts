import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { scheduler } from '#contracts';
import { callContext, type Call } from '#platform';
import { commandContext } from '#service';
import { scaleExecutor, setExecutorMode } from '../change-executor.js';
import { listExecutors } from '../executor-list.query.js';
import { joinPool, leavePool } from '../join-pool.js';
import { SCHEDULER, type Scheduler } from '../scheduler.js';

@Controller()
export class ExecutorController {
  constructor(@Inject(SCHEDULER) private readonly scheduler: Scheduler) {}

  @GrpcMethod('Scheduler')
  async joinPool(
    request: scheduler.JoinPoolRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.JoinPoolResponse> {
    const { heartbeatMs, leaseTtlMs } = this.scheduler.config;
    const slots = await joinPool(this.scheduler, request, commandContext(callContext(call), ''));
    return { heartbeatMs: Math.min(heartbeatMs, Math.floor(leaseTtlMs / 3)), leaseTtlMs, slots };
  }

  @GrpcMethod('Scheduler')
  async leavePool(
    request: scheduler.LeavePoolRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.LeavePoolResponse> {
    await leavePool(this.scheduler, request, commandContext(callContext(call), ''));
    return {};
  }

  @GrpcMethod('Scheduler')
  setExecutorMode(
    request: scheduler.SetExecutorModeRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.SetExecutorModeResponse> {
    return setExecutorMode(this.scheduler, request, callContext(call));
  }

  @GrpcMethod('Scheduler')
  scaleExecutor(
    request: scheduler.ScaleExecutorRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.ScaleExecutorResponse> {
    return scaleExecutor(this.scheduler, request, callContext(call));
  }

  @GrpcMethod('Scheduler')
  listExecutors(
    request: scheduler.ListExecutorsRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.ListExecutorsResponse> {
    return listExecutors(this.scheduler, request, callContext(call));
  }
}
