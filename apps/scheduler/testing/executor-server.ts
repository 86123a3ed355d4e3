import { Controller, Inject, Module } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { executor } from '#contracts';
import { createLog, startService, type Running } from '#platform';

/** What the executor answers when it is asked, and how often it was. */
export interface Asked {
  readonly executorId: string;
  attempts: { runId: string; epoch: number }[];
  times: number;
}

const ASKED = Symbol('Asked');

@Controller()
class ExecutorController {
  readonly #asked: Asked;

  constructor(@Inject(ASKED) asked: Asked) {
    this.#asked = asked;
  }

  @GrpcMethod('Executor')
  getStatus(): executor.GetStatusResponse {
    this.#asked.times++;
    const { executorId, attempts } = this.#asked;
    return { executorId, attempts, pool: '', slots: 1, draining: false, isolation: [] };
  }
}

@Module({ controllers: [ExecutorController] })
class ExecutorServerModule {}

/** An executor that can be asked, and says what the test wants. */
export const startExecutorServer = (asked: Asked): Promise<Running> =>
  startService({
    name: 'executor',
    module: { module: ExecutorServerModule, providers: [{ provide: ASKED, useValue: asked }] },
    services: [{ name: 'holdfast.executor.v1.Executor', definition: executor.ExecutorService }],
    host: '127.0.0.1',
    grpcPort: 0,
    log: createLog({ service: 'executor', level: 'error' }),
  });
