import type { Digest, Instant } from '#kernel';
import { nameId } from '#evidence';
import { holdfast } from './names.js';
import {
  executionsOf,
  jsonLines,
  outcomeOf,
  outputPath,
  timesOf,
  type Execution,
  type RunRecord,
} from './record.js';
import { taking } from './taken.js';

const spec = 'https://openlineage.io/spec';
const schemaURL = `${spec}/2-0-2/OpenLineage.json#/$defs/RunEvent`;
const facet = (name: string, version: string) => ({
  _producer: holdfast.producer,
  _schemaURL: `${spec}/facets/${version}/${name}.json#/$defs/${name}`,
});

type Dataset = { readonly namespace: string; readonly name: string; readonly facets: object };
interface Told {
  readonly run: { readonly runId: string; readonly facets: object };
  readonly job: { readonly namespace: string; readonly name: string; readonly facets: object };
  readonly inputs: readonly Dataset[];
  readonly outputs: readonly Dataset[];
}

/** The run and each process of it as OpenLineage 2-0-2 RunEvents, two of each; a process names the run as its parent. */
export function lineageBytes(record: RunRecord): Uint8Array {
  const { run, namespace, manifest } = record;
  const { blueprint } = manifest.declared;
  const name = `${blueprint.namespace}/${blueprint.name}`;
  const executions = executionsOf(record);
  const takenBy = taking(record, executions);
  const { startedAt, endedAt } = timesOf(record);
  const ends = { completed: 'COMPLETE', failed: 'FAIL', cancelled: 'ABORT' } as const;
  const whole: Told = {
    run: { runId: run, facets: {} },
    job: { namespace, name, facets: {} },
    inputs: Object.keys(manifest.pinned.data)
      .sort()
      .map((data) => dataSet(record, data)),
    outputs: executions.filter(({ counts }) => counts).flatMap((execution) => outputsOf(record, execution)),
  };
  const parent = { ...facet('ParentRunFacet', '1-1-0'), run: { runId: run }, job: { namespace, name } };
  const steps = executions.flatMap((execution) => {
    const { step, folder } = execution;
    const told: Told = {
      run: { runId: nameId('openlineage', run, folder), facets: { parent } },
      job: { namespace, name: `${name}.${step.step}`, facets: {} },
      inputs: takenBy(execution).map((taken) =>
        'data' in taken ? dataSet(record, taken.data) : outputSet(record, taken.execution, taken.output),
      ),
      outputs: outputsOf(record, execution),
    };
    const end = step.type === 'StepCompleted' ? 'COMPLETE' : 'FAIL';
    return [event('START', execution.startedAt, told), event(end, execution.endedAt, told)];
  });
  return jsonLines([
    event('START', startedAt, whole),
    ...steps,
    event(ends[outcomeOf(record)], endedAt, whole),
  ]);
}

/** What was written is said when it was. */
const event = (eventType: string, eventTime: Instant, { outputs, ...told }: Told) => ({
  ...{ eventType, eventTime, producer: holdfast.producer, schemaURL },
  ...told,
  outputs: eventType === 'START' ? [] : outputs,
});

function dataSet({ namespace, manifest }: RunRecord, data: string): Dataset {
  const digest = manifest.pinned.data[data]?.digest as Digest;
  return versioned(namespace, manifest.declared.datasets[data] ?? data, digest);
}

const outputSet = (record: RunRecord, execution: Execution, output: Execution['step']['outputs'][number]) =>
  versioned(record.namespace, `${record.run}/${outputPath(execution, output)}`, output.digest);

const outputsOf = (record: RunRecord, execution: Execution): Dataset[] =>
  execution.step.outputs.map((output) => outputSet(record, execution, output));

const versioned = (namespace: string, name: string, digest: Digest): Dataset => ({
  namespace,
  name,
  facets: { version: { ...facet('DatasetVersionDatasetFacet', '1-0-1'), datasetVersion: digest } },
});
