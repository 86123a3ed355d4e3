import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { scheduler } from '#contracts';
import { callContext, type Call } from '#platform';
import { claimNext } from '../claim-next.js';
import { heartbeat } from '../heartbeat.js';
import { reportAttempt } from '../report-attempt.js';
import { SCHEDULER, type Scheduler } from '../scheduler.js';

@Controller()
export class AttemptController {
  constructor(@Inject(SCHEDULER) private readonly scheduler: Scheduler) {}

  @GrpcMethod('Scheduler')
  async claimNext(
    request: scheduler.ClaimNextRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.ClaimNextResponse> {
    return { assignment: await claimNext(this.scheduler, request, callContext(call)) };
  }

  @GrpcMethod('Scheduler')
  heartbeat(
    request: scheduler.HeartbeatRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.HeartbeatResponse> {
    return heartbeat(this.scheduler, request, callContext(call));
  }

  @GrpcMethod('Scheduler')
  reportAttempt(
    request: scheduler.ReportAttemptRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.ReportAttemptResponse> {
    return reportAttempt(this.scheduler, request, callContext(call));
  }
}
