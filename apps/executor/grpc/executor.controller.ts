import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { assertNoProblems } from '#kernel';
import type { executor } from '#contracts';
import { LOG, type Log } from '#platform';
import { reasonProblems } from '#service';
import { EXECUTOR, type Executor } from '../executor.js';

@Controller()
export class ExecutorController {
  constructor(
    @Inject(EXECUTOR) private readonly executor: Executor,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @GrpcMethod('Executor')
  getStatus(): executor.GetStatusResponse {
    return this.executor.status();
  }

  @GrpcMethod('Executor')
  drain({ reason }: executor.DrainRequest): executor.DrainResponse {
    assertNoProblems(reasonProblems(reason), 'INVALID_REQUEST');
    this.executor.drain();
    // Why is a person's own words, and no log can forget them.
    this.log.info('draining');
    return { attemptsLeft: this.executor.status().attempts.length };
  }
}
