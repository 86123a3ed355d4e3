import { Controller, Module } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { DomainError, type Digest, type Json, type JsonObject } from '#kernel';
import { canonicalBytes, parseJson, treeDigest, treeOf } from '#evidence';
import { registry } from '#contracts';
import { blueprintVersion, checkDocument, parseLock, resolve } from '#domain/blueprint';
import type { KnobDeclaration } from '#domain/knob';
import { reproducibilityKey } from '#domain/manifest';
import { createLog, startService, type Running } from '#platform';
import { fromProblem } from '#rpc';

/** One blueprint and its knobs over gRPC, resolved by the code that the registry resolves with. */
export interface LocalRegistry {
  readonly running: Running;
  /** Digest of the blueprint as it is now. */
  readonly version: Digest;
  /** Declares another version. */
  redeclare(change: JsonObject): void;
  /** Answers so many resolutions, then none until it is told otherwise. */
  answers: number;
  resolved: number;
}

const document: JsonObject = {
  blueprint: 'default/species',
  why: 'Does it work?',
  code: { path: './src' },
  environment: 'node-26',
  knobs: { lr: 0.5, depth: 3, solver: 'adam' },
  seed: 7,
  steps: { train: { run: ['node', 'train.mjs'], out: { model: 'model.json' } } },
  metrics: { accuracy: { goal: 'maximize', tolerance: 0, unit: '1' } },
};
const digest = `sha256:${'e'.repeat(64)}` as Digest;
const lock = canonicalBytes({
  ...{ v: 1, holdfast: '0.1.0', blueprint: 'default/species', architecture: 'x64' },
  code: { tree: treeDigest(treeOf([])), sizeBytes: 0 },
  ...{ sourceDateEpoch: 315_532_800, environment: { name: 'node-26', kind: 'node', digest }, data: {} },
});
const environments = [{ environment: 'node-26', kind: 'node', architecture: 'x64', digest }] as const;
const numeric = { description: 'd', default: 1, range: { min: 0, max: 100 } };
const knobs: Readonly<Record<string, KnobDeclaration>> = {
  lr: { ...numeric, knob: 'lr', type: 'number' },
  depth: { ...numeric, knob: 'depth', type: 'integer' },
  solver: { knob: 'solver', type: 'string', choices: ['adam', 'sgd'], default: 'adam', description: 'd' },
};

export async function startLocalRegistry(): Promise<LocalRegistry> {
  const versions = new Map<Digest, JsonObject>();
  const parsedLock = parseLock(lock);
  let newest = declared(document);
  function declared(given: JsonObject): Digest {
    const version = blueprintVersion(given, parsedLock);
    versions.set(version, given);
    return version;
  }
  const found = (ref: string): { readonly version: Digest; readonly content: JsonObject } => {
    const [name, at = newest] = ref.replace('default/', '').split('@');
    const content = versions.get(at as Digest);
    if (name === 'species' && content) return { version: at as Digest, content };
    throw new DomainError('not-found', 'BLUEPRINT_NOT_FOUND', `there is no blueprint ${ref}`);
  };
  const blueprintOf = (version: Digest, content: JsonObject) =>
    registry.Blueprint.fromPartial({
      ...{ namespace: 'default', name: 'species', version, number: 1 },
      document: Buffer.from(canonicalBytes(content)),
    });

  @Controller()
  class RegistryController {
    @GrpcMethod('Registry')
    getBlueprint({ ref }: registry.GetBlueprintRequest): registry.GetBlueprintResponse {
      const { version, content } = found(ref);
      return { blueprint: blueprintOf(version, content) };
    }

    @GrpcMethod('Registry')
    listKnobs(): registry.ListKnobsResponse {
      const declarations = Object.values(knobs).map((knob) =>
        registry.Knob.fromPartial({
          name: knob.knob,
          declaration: Buffer.from(canonicalBytes(knob as Json)),
        }),
      );
      return { knobs: declarations, nextPageToken: '' };
    }

    @GrpcMethod('Registry')
    resolve({ ref, overrides: given }: registry.ResolveRequest): registry.ResolveResponse {
      if (local.answers === 0) throw new DomainError('unavailable', 'REGISTRY_DOWN', 'not now');
      local.answers--;
      local.resolved++;
      const { version, content } = found(ref);
      const { blueprint } = checkDocument(content);
      if (blueprint === undefined) throw new Error('the blueprint of the test is right');
      const overrides = given.length > 0 ? (parseJson(given) as JsonObject) : {};
      const answers = { knobs, datasets: {}, environments };
      const asked = { blueprint, document: content, lock: parsedLock, answers, overrides };
      const { manifest, problems } = resolve(asked);
      return {
        manifest: manifest ? Buffer.from(canonicalBytes(manifest as unknown as Json)) : Buffer.alloc(0),
        reproducibilityKey: manifest ? reproducibilityKey(manifest) : '',
        problems: problems.map(fromProblem),
        blueprint: blueprintOf(version, content),
      };
    }
  }

  @Module({ controllers: [RegistryController] })
  class LocalModule {}

  const running = await startService({
    name: 'registry',
    module: { module: LocalModule },
    services: [{ name: 'holdfast.registry.v1.Registry', definition: registry.RegistryService }],
    host: '127.0.0.1',
    grpcPort: 0,
    log: createLog({ service: 'registry', level: 'error', write: () => undefined }),
  });
  const local = {
    ...{ running, answers: Infinity, resolved: 0 },
    get version() {
      return newest;
    },
    redeclare(change: JsonObject) {
      newest = declared({ ...document, ...change });
    },
  };
  return local;
}
