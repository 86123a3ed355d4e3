import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { provenance as proto } from '#contracts';
import { callContext, type Call } from '#platform';
import { compareRuns } from '../compare-runs.js';
import { getReproduction, listReproductions } from '../list-reproductions.query.js';
import { PROVENANCE, type Provenance } from '../provenance.js';
import { reproduce } from '../reproduce.js';

@Controller()
export class ReproductionController {
  constructor(@Inject(PROVENANCE) private readonly provenance: Provenance) {}

  @GrpcMethod('Provenance')
  reproduce(
    request: proto.ReproduceRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ReproduceResponse> {
    return reproduce(this.provenance, request, callContext(call));
  }

  @GrpcMethod('Provenance')
  getReproduction(
    request: proto.GetReproductionRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.GetReproductionResponse> {
    return getReproduction(this.provenance, request, callContext(call));
  }

  @GrpcMethod('Provenance')
  listReproductions(
    request: proto.ListReproductionsRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.ListReproductionsResponse> {
    return listReproductions(this.provenance, request, callContext(call));
  }

  @GrpcMethod('Provenance')
  compareRuns(
    request: proto.CompareRunsRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<proto.CompareRunsResponse> {
    return compareRuns(this.provenance, request, callContext(call));
  }
}
