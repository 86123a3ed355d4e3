import { Controller, Inject, type Type } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { DomainError } from '#kernel';
import { pageSize } from '#platform';
import { parkedPage, type ParkedBy, type RunningReactor, type ServiceRuntime } from '#runtime';

interface ListRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}
interface RetryRequest {
  readonly reactor?: string | undefined;
}

/**
 * The two methods about events that were put aside, of every service that reacts to any.
 * @param service as gRPC knows it: `Registry`
 * @param token under which the module provides what holds its {@link ServiceRuntime}
 */
export function parkedController(service: string, token: symbol): Type {
  @Controller()
  class ParkedController {
    constructor(@Inject(token) private readonly service: { readonly runtime: ServiceRuntime }) {}

    @GrpcMethod(service)
    async listParked(
      request: ListRequest,
    ): Promise<{ readonly parked: ParkedBy[]; readonly nextPageToken: string }> {
      const size = pageSize(request.pageSize);
      const page = await parkedPage(this.service.runtime.reactors(), {
        pageSize: size,
        pageToken: request.pageToken,
      });
      return { parked: [...page.items], nextPageToken: page.nextPageToken };
    }

    @GrpcMethod(service)
    async retryParked({ reactor }: RetryRequest): Promise<{ handled: number; left: number }> {
      let [before, left] = [0, 0];
      for (const one of chosen(this.service.runtime.reactors(), reactor)) {
        before += (await one.parked()).length;
        left += await one.retryParked();
      }
      return { handled: Math.max(0, before - left), left };
    }
  }
  return ParkedController;
}

/** @throws REACTOR_NOT_FOUND */
function chosen(reactors: readonly RunningReactor[], name: string | undefined): readonly RunningReactor[] {
  const found = reactors.filter((reactor) => name === undefined || reactor.name === name);
  if (found.length > 0 || name === undefined) return found;
  const known = reactors.map((reactor) => reactor.name).join(', ');
  throw new DomainError(
    'not-found',
    'REACTOR_NOT_FOUND',
    `nothing here reacts under this name; there is ${known}`,
  );
}
