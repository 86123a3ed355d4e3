import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { assertNoProblems } from '#kernel';
import type { registry } from '#contracts';
import { grammars } from '#domain/declaration';
import { knobStream, parseKnob } from '#domain/knob';
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
import { toKnob } from '../knob.mapper.js';
import { knobProjection } from '../knob.projection.js';
import { REGISTRY, type Registry } from '../registry.js';

@Controller()
export class KnobController {
  constructor(@Inject(REGISTRY) private readonly registry: Registry) {}

  @GrpcMethod('Registry')
  async declareKnob(
    request: registry.DeclareKnobRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<registry.DeclareKnobResponse> {
    const context = callContext(call);
    const namespace = namespaceOf(request.namespace);
    const { value: declaration, problems } = problemsOf(() => parseKnob(request.declaration));
    assertNoProblems(
      [...nameProblems('namespace', namespace), ...reasonProblems(request.reason), ...problems],
      'KNOB_INVALID',
    );
    if (declaration === undefined) throw new Error('a declaration without problems has a value');
    const stream = knobStream(namespace, declaration.knob);
    await this.registry.knobs.execute(
      stream,
      { type: 'DeclareKnob', namespace, declaration, at: context.receivedAt },
      commandContext(context, request.reason),
    );
    const { documents, changed, position } = await this.#done(stream, context.commandId);
    const [knob] = documents;
    return { knob: knob && toKnob(knob), changed, position };
  }

  @GrpcMethod('Registry')
  async retireKnob(
    request: registry.RetireKnobRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<registry.RetireKnobResponse> {
    const context = callContext(call);
    const namespace = namespaceOf(request.namespace);
    const { code, pattern, rule, fix } = grammars.identifier;
    const name = pattern.test(request.name)
      ? []
      : [{ code, field: 'name', message: rule, found: request.name.slice(0, 120), fix }];
    assertNoProblems(
      [...nameProblems('namespace', namespace), ...name, ...reasonProblems(request.reason)],
      'INVALID_REQUEST',
    );
    const stream = knobStream(namespace, request.name);
    const command = { type: 'RetireKnob', at: context.receivedAt } as const;
    await this.registry.knobs.execute(stream, command, commandContext(context, request.reason));
    return { position: (await this.#done(stream, context.commandId)).position };
  }

  @GrpcMethod('Registry')
  async listKnobs(
    request: registry.ListKnobsRequest,
    _metadata: unknown,
    call: Call,
  ): Promise<registry.ListKnobsResponse> {
    const { runtime, views } = this.registry;
    const page = await listByNamespace(runtime, views.knobs, 'name', request, callContext(call));
    return { knobs: page.items.map(toKnob), nextPageToken: page.nextPageToken };
  }

  #done(stream: ReturnType<typeof knobStream>, commandId: string) {
    return carriedOut(this.registry.runtime.engines.eventStore, knobProjection, stream, commandId);
  }
}
