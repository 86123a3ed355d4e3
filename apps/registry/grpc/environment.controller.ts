import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { assertNoProblems, type Problem } from '#kernel';
import type { registry } from '#contracts';
import { environmentStream, parseEnvironment } from '#domain/environment';
import { callContext, type Call } from '#platform';
import { carriedOut } from '#runtime';
import {
  commandContext,
  listByNamespace,
  nameProblems,
  namespaceOf,
  problemsOf,
  reasonProblems,
} from '#service';
import { toEnvironment } from '../environment.mapper.js';
import { environmentProjection } from '../environment.projection.js';
import { REGISTRY, type Registry } from '../registry.js';

@Controller()
export class EnvironmentController {
  constructor(@Inject(REGISTRY) private readonly registry: Registry) {}

  @GrpcMethod('Registry')
  async registerEnvironment(
    request: registry.RegisterEnvironmentRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<registry.RegisterEnvironmentResponse> {
    const context = callContext(call);
    const namespace = namespaceOf(request.namespace);
    const { value: declaration, problems } = problemsOf(() => parseEnvironment(request.declaration));
    assertNoProblems(
      [
        ...nameProblems('namespace', namespace),
        ...reasonProblems(request.reason),
        ...(declaration ? otherName(request.name, declaration.environment) : problems),
      ],
      'ENVIRONMENT_INVALID',
    );
    if (declaration === undefined) throw new Error('a declaration without problems has a value');
    const stream = environmentStream(namespace, declaration.environment);
    const command = { type: 'RegisterEnvironment', namespace, declaration, at: context.receivedAt } as const;
    await this.registry.environments.execute(stream, command, commandContext(context, request.reason));
    const { eventStore } = this.registry.runtime.engines;
    const done = await carriedOut(eventStore, environmentProjection, stream, context.commandId);
    const environment = done.documents.at(-1);
    return {
      environment: environment && toEnvironment(environment),
      created: done.changed,
      position: done.position,
    };
  }

  @GrpcMethod('Registry')
  async listEnvironments(
    request: registry.ListEnvironmentsRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<registry.ListEnvironmentsResponse> {
    const { runtime, views } = this.registry;
    const page = await listByNamespace(runtime, views.environments, 'order', request, callContext(call));
    return { environments: page.items.map(toEnvironment), nextPageToken: page.nextPageToken };
  }
}

/** The name may be left out of the request: the declaration has it. */
const otherName = (requested: string, declared: string): readonly Problem[] =>
  requested === '' || requested === declared
    ? []
    : [
        {
          code: 'NAME_DIFFERS',
          field: 'name',
          message: `the declaration is of ${declared}`,
          found: requested.slice(0, 120),
          fix: `write ${declared}, or nothing`,
        },
      ];
