import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { registry } from '#contracts';
import { callContext, type Call } from '#platform';
import { withReason, withReasons } from '#runtime';
import { toBlueprint } from '../blueprint.mapper.js';
import { findBlueprint, parseBlueprintRef } from '../blueprint-ref.js';
import { declareBlueprint } from '../declare-blueprint.js';
import { listByNamespace } from '#service';
import { REGISTRY, type Registry } from '../registry.js';
import { resolveBlueprint } from '../resolve-blueprint.js';

@Controller()
export class BlueprintController {
  constructor(@Inject(REGISTRY) private readonly registry: Registry) {}

  @GrpcMethod('Registry')
  declareBlueprint(
    request: registry.DeclareBlueprintRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<registry.DeclareBlueprintResponse> {
    return declareBlueprint(this.registry, request, callContext(call));
  }

  @GrpcMethod('Registry')
  async getBlueprint(
    request: registry.GetBlueprintRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<registry.GetBlueprintResponse> {
    const { runtime, views } = this.registry;
    const ref = parseBlueprintRef(request.ref, request.namespace);
    await runtime.reached(callContext(call));
    const found = await withReason(runtime.people, await findBlueprint(views.blueprints, ref));
    const [document, lock] = await Promise.all(
      [found.document, found.lock].map((digest) => runtime.engines.artifacts.read(digest)),
    );
    return { blueprint: toBlueprint(found, document && lock && { document, lock }) };
  }

  @GrpcMethod('Registry')
  async listBlueprints(
    request: registry.ListBlueprintsRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<registry.ListBlueprintsResponse> {
    const { runtime, views } = this.registry;
    const page = await listByNamespace(runtime, views.blueprints, 'order', request, callContext(call));
    const items = await withReasons(runtime.people, page.items);
    return { blueprints: items.map((item) => toBlueprint(item)), nextPageToken: page.nextPageToken };
  }

  @GrpcMethod('Registry')
  resolve(
    request: registry.ResolveRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<registry.ResolveResponse> {
    return resolveBlueprint(this.registry, request, callContext(call));
  }
}
