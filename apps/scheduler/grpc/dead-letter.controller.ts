import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { scheduler } from '#contracts';
import { callContext, LOG, type Call, type Log } from '#platform';
import { listDeadLetters, replayDeadLetters } from '../dead-letters.js';
import { SCHEDULER, type Scheduler } from '../scheduler.js';

@Controller()
export class DeadLetterController {
  constructor(
    @Inject(SCHEDULER) private readonly scheduler: Scheduler,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @GrpcMethod('Scheduler')
  listDeadLetters(): Promise<scheduler.ListDeadLettersResponse> {
    return listDeadLetters(this.scheduler);
  }

  @GrpcMethod('Scheduler')
  replayDeadLetters(
    request: scheduler.ReplayDeadLettersRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<scheduler.ReplayDeadLettersResponse> {
    return replayDeadLetters(this.scheduler, this.log, request, callContext(call));
  }
}
