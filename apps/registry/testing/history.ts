import type { Digest, Instant } from '#kernel';
import { blueprintCodec, datasetCodec, environmentCodec, knobCodec } from '#contracts/stored';
import { blueprintStream, type BlueprintEvent } from '#domain/blueprint';
import { datasetStream, type DatasetEvent } from '#domain/dataset';
import { environmentStream, type EnvironmentEvent } from '#domain/environment';
import { knobStream, type KnobEvent } from '#domain/knob';
import type { ProjectedEvent } from '#runtime';
import { written } from '#runtime/testing';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const digest = (digit: string): Digest => `sha256:${digit.repeat(64)}` as Digest;
const blob = (digit: string) => ({ digest: digest(digit), sizeBytes: 10 });
const namespace = 'penguins';
/** One event of every type that the registry writes, and of each kind more than one; fixed for ever. */
export function history(): readonly ProjectedEvent[] {
  const knob = { knob: 'l2', type: 'number', default: 0.1, description: 'Weight decay' } as const;
  const node = { environment: 'node-26', kind: 'node', architecture: 'x64', digest: digest('e') } as const;
  const version = { type: 'BlueprintVersionDeclared', namespace, name: 'species', why: 'Why?', at } as const;
  const added = { type: 'DatasetVersionAdded', namespace, name: 'birds', at } as const;
  return [
    ...written<KnobEvent>(knobCodec, knobStream(namespace, 'l2'), [
      { type: 'KnobDeclared', namespace, declaration: knob, revision: 1, at },
      { type: 'KnobRevised', declaration: { ...knob, default: 0.2 }, revision: 2, at },
      { type: 'KnobRetired', revision: 2, at },
    ]),
    ...written<EnvironmentEvent>(environmentCodec, environmentStream(namespace, 'node-26'), [
      { type: 'EnvironmentRegistered', namespace, declaration: node, number: 1, at },
      { type: 'EnvironmentDescribed', declaration: { ...node, version: '26.10.0' }, number: 1, at },
      {
        type: 'EnvironmentRegistered',
        namespace,
        declaration: { ...node, digest: digest('f') },
        number: 2,
        at,
      },
    ]),
    ...written<BlueprintEvent>(blueprintCodec, blueprintStream(namespace, 'species'), [
      { ...version, version: digest('1'), number: 1, previous: null, document: blob('a'), lock: blob('b') },
      {
        ...version,
        version: digest('2'),
        number: 2,
        previous: digest('1'),
        document: blob('c'),
        lock: blob('d'),
        source: blob('e'),
      },
    ]),
    ...written<DatasetEvent>(datasetCodec, datasetStream(namespace, 'birds'), [
      {
        ...added,
        ...{ number: 1, digest: digest('3'), sizeBytes: 20, format: 'csv' },
        ...{ schema: blob('4'), profile: blob('5'), about: { license: 'CC0-1.0' } },
      },
      {
        ...added,
        ...{ number: 2, digest: digest('6'), sizeBytes: 30, format: 'tree' },
        about: { parents: ['birds@1'], transformation: 'unpacked' },
      },
    ]),
  ];
}
