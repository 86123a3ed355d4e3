import { Controller, Inject, type Type } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { common } from '#contracts';
import { answerStream, required, type StreamCall } from '#platform';
import type { ServiceRuntime } from '#runtime';

interface RebuildRequest {
  readonly name: string;
}
interface RebuildResponse {
  readonly progress: common.RebuildProgress;
}

/**
 * The two methods about read models that every service has.
 * @param service as gRPC knows it: `Registry`
 * @param token under which the module provides what holds its {@link ServiceRuntime}
 */
export function projectionController(service: string, token: symbol): Type {
  @Controller()
  class ProjectionController {
    constructor(@Inject(token) private readonly service: { readonly runtime: ServiceRuntime }) {}

    @GrpcMethod(service)
    async listProjections(): Promise<{ projections: common.ProjectionStatus[] }> {
      return { projections: await this.service.runtime.listProjections() };
    }

    @GrpcMethod(service)
    rebuildProjection(
      request: RebuildRequest,
      _metadata: unknown,
      call: StreamCall<RebuildRequest, RebuildResponse>,
    ) {
      const { runtime } = this.service;
      return answerStream(call, async function* () {
        for await (const progress of runtime.rebuild(required('name', request.name))) yield { progress };
      });
    }
  }
  return ProjectionController;
}
