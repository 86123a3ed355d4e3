import type { Digest } from '#kernel';
import { holdfast } from './names.js';
import {
  bytesUri,
  bytesUriPrefix,
  executionsOf,
  jsonBytes,
  outputPath,
  pathUri,
  timesOf,
  type Execution,
  type RunRecord,
} from './record.js';
import { taking } from './taken.js';

type Attributes = Record<string, string | number | { readonly $: string; readonly type: string }>;
type Records = Record<string, Attributes>;

/**
 * Who and what made which bytes of which, as W3C PROV-JSON (submission of 2013-04-24). Entities are known by their bytes, so that two
 * bundles that hold the same ones speak of one thing; files of this run also by their place in it.
 */
export function provBytes(record: RunRecord): Uint8Array {
  const { run, manifest, actor } = record;
  const entity: Records = {};
  const activity: Records = {};
  const agent: Records = {};
  const used: Attributes[] = [];
  const wasGeneratedBy: Attributes[] = [];
  const wasAssociatedWith: Attributes[] = [];
  const wasInformedBy: Attributes[] = [];
  const bytes = (digest: Digest, label: string, type: string): string => {
    const id = `ni:${bytesUri(digest).slice(bytesUriPrefix.length)}`;
    entity[id] ??= { 'prov:label': label, 'prov:type': named(type) };
    return id;
  };
  const written = (execution: Execution, output: Execution['step']['outputs'][number]): string => {
    const path = outputPath(execution, output);
    const id = `file:${pathUri(path)}`;
    entity[id] ??= { 'prov:label': path, 'prov:type': named('Output'), 'holdfast:digest': output.digest };
    return id;
  };
  const times = ({ startedAt, endedAt }: { readonly startedAt: string; readonly endedAt: string }) => ({
    'prov:startTime': startedAt,
    'prov:endTime': endedAt,
  });

  const whole = `uuid:${run}`;
  const person = `uuid:${actor.id}`;
  const engine = 'holdfast:engine';
  activity[whole] = { ...times(timesOf(record)), 'prov:type': named('Run') };
  agent[person] = {
    'prov:type': { $: actor.type === 'person' ? 'prov:Person' : 'prov:SoftwareAgent', type: qualified },
  };
  agent[engine] = {
    'prov:label': `${holdfast.name} ${record.release}`,
    'prov:type': { $: 'prov:SoftwareAgent', type: qualified },
  };
  const plan = bytes(record.manifestDigest, 'manifest.json', 'Manifest');
  entity[plan] = { ...entity[plan], 'prov:type': { $: 'prov:Plan', type: qualified } };
  const use = (what: string, by: string): void =>
    void used.push({ 'prov:activity': by, 'prov:entity': what });
  use(bytes(manifest.pinned.code.tree, 'code', 'Code'), whole);
  use(bytes(manifest.pinned.environment.digest, 'environment', 'Environment'), whole);
  wasAssociatedWith.push({ 'prov:activity': whole, 'prov:agent': person, 'prov:plan': plan });
  const data = (name: string): string =>
    bytes(manifest.pinned.data[name]?.digest as Digest, `data.${name}`, 'Data');
  for (const name of Object.keys(manifest.pinned.data).sort()) use(data(name), whole);

  const executions = executionsOf(record);
  const takenBy = taking(record, executions);
  for (const execution of executions) {
    const id = `uuid:${run}/${pathUri(execution.folder)}`;
    activity[id] = { ...times(execution), 'prov:type': named('Step') };
    wasInformedBy.push({ 'prov:informed': id, 'prov:informant': whole });
    wasAssociatedWith.push({ 'prov:activity': id, 'prov:agent': engine });
    for (const taken of takenBy(execution))
      use('data' in taken ? data(taken.data) : written(taken.execution, taken.output), id);
    for (const output of execution.step.outputs)
      wasGeneratedBy.push({
        'prov:entity': written(execution, output),
        'prov:activity': id,
        'prov:time': execution.endedAt,
      });
  }
  return jsonBytes({
    prefix: prefixes(run),
    ...{ entity, activity, agent },
    ...numbered({ used, wasGeneratedBy, wasAssociatedWith, wasInformedBy }),
  });
}

const qualified = 'prov:QUALIFIED_NAME';
const named = (type: string) => ({ $: `holdfast:${type}`, type: qualified });

const prefixes = (run: string) => ({
  holdfast: holdfast.terms,
  ni: bytesUriPrefix,
  uuid: 'urn:uuid:',
  file: `arcp://uuid,${run}/`,
});

/** PROV-JSON wants a name for every relation; `_:` is one without meaning. */
const numbered = (relations: Readonly<Record<string, readonly Attributes[]>>) =>
  Object.fromEntries(
    Object.entries(relations)
      .filter(([, those]) => those.length > 0)
      .map(([kind, those]) => [kind, Object.fromEntries(those.map((one, i) => [`_:${kind}${i + 1}`, one]))]),
  );
