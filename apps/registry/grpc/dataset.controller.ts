import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { registry } from '#contracts';
import { callContext, type Call } from '#platform';
import { withReason, withReasons } from '#runtime';
import { addDatasetVersion } from '../add-dataset-version.js';
import { findDataset } from '../dataset-ref.js';
import { describedBy, toDatasetVersion } from '../dataset.mapper.js';
import { listByNamespace, namespaceOf } from '#service';
import { REGISTRY, type Registry } from '../registry.js';

@Controller()
export class DatasetController {
  constructor(@Inject(REGISTRY) private readonly registry: Registry) {}

  @GrpcMethod('Registry')
  addDatasetVersion(
    request: registry.AddDatasetVersionRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<registry.AddDatasetVersionResponse> {
    return addDatasetVersion(this.registry, request, callContext(call));
  }

  @GrpcMethod('Registry')
  async getDataset(
    request: registry.GetDatasetRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<registry.GetDatasetResponse> {
    const { runtime, views } = this.registry;
    await runtime.reached(callContext(call));
    const dataset = await findDataset(views.datasets, namespaceOf(request.namespace), request.ref);
    const described = await describedBy(runtime.engines.artifacts, dataset);
    return { version: toDatasetVersion(await withReason(runtime.people, dataset), described) };
  }

  @GrpcMethod('Registry')
  async listDatasets(
    request: registry.ListDatasetsRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<registry.ListDatasetsResponse> {
    const { runtime, views } = this.registry;
    const page = await listByNamespace(runtime, views.datasets, 'order', request, callContext(call));
    const items = await withReasons(runtime.people, page.items);
    return {
      versions: items.map((version) => toDatasetVersion(version)),
      nextPageToken: page.nextPageToken,
    };
  }
}
