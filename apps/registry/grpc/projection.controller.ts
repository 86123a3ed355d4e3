import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { registry } from '#contracts';
import { answerStream, required, type StreamCall } from '#platform';
import { REGISTRY, type Registry } from '../registry.js';

@Controller()
export class ProjectionController {
  constructor(@Inject(REGISTRY) private readonly registry: Registry) {}

  @GrpcMethod('Registry')
  async listProjections(): Promise<registry.ListProjectionsResponse> {
    return { projections: await this.registry.runtime.listProjections() };
  }

  @GrpcMethod('Registry')
  rebuildProjection(
    request: registry.RebuildProjectionRequest,
    _metadata: unknown,
    call: StreamCall<registry.RebuildProjectionRequest, registry.RebuildProjectionResponse>,
  ) {
    const { runtime } = this.registry;
    return answerStream(call, async function* () {
      for await (const progress of runtime.rebuild(required('name', request.name))) yield { progress };
    });
  }
}
