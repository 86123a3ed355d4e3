import { bundlePaths } from '../members.js';
import { ref, refs, type Entity } from './entity.js';
import { knobId, outputParameter, seedId, stepId, toolId } from './crate-workflow.js';
import {
  bytesUri,
  executionsOf,
  outcomeOf,
  outputPath,
  pathUri,
  timesOf,
  withOffset,
  type Execution,
  type RunRecord,
} from './record.js';
import { taking } from './taken.js';

interface Runs {
  /** Who submitted the run. */
  readonly agent: string;
  /** Outputs that are folders. */
  readonly folders: readonly Entity[];
  readonly entities: readonly Entity[];
  readonly actions: readonly Entity[];
}

/** What was run: the engine ran the workflow, whose every process is one action, controlled by the step it belongs to. */
export function executionEntities(record: RunRecord): Runs {
  const { run, manifest, actor } = record;
  const executions = executionsOf(record);
  const takenBy = taking(record, executions);
  const agent = `urn:uuid:${actor.id}`;
  const data = Object.entries(manifest.pinned.data).sort(([a], [b]) => (a < b ? -1 : 1));
  const knobs = [...Object.keys(manifest.pinned.knobs).sort().map(knobId), seedId];
  const whole = `#run/${run}`;
  const status = statusOf(outcomeOf(record) === 'completed');
  const times = (of: {
    readonly startedAt: Execution['startedAt'];
    readonly endedAt: Execution['endedAt'];
  }) => ({
    startTime: withOffset(of.startedAt),
    endTime: withOffset(of.endedAt),
  });
  const results = (execution: Execution) =>
    execution.step.outputs.map((output) => pathUri(outputPath(execution, output)));
  const control = ({ folder }: Execution): string => `#control/${pathUri(folder)}`;
  const action = ({ folder }: Execution): string => `#action/${pathUri(folder)}`;
  const failure = record.events.find((event) => event.type === 'RunFailed')?.failure.class;
  return {
    agent,
    folders: executions.flatMap((execution) =>
      execution.step.outputs
        .filter(({ kind }) => kind === 'tree')
        .map((output) => ({
          ...{ '@id': pathUri(outputPath(execution, output)), '@type': 'Dataset', name: output.name },
          ...{
            identifier: output.digest,
            exampleOfWork: ref(outputParameter(execution.step.step, output.name)),
          },
        })),
    ),
    entities: [
      {
        '@id': agent,
        '@type': actor.type === 'person' ? 'Person' : 'SoftwareApplication',
        name: `pseudonym ${actor.id}`,
      },
    ],
    actions: [
      {
        ...{
          '@id': '#orchestration',
          '@type': 'OrganizeAction',
          name: `Holdfast ran ${run}`,
          agent: ref(agent),
        },
        ...{ instrument: ref('#holdfast'), object: refs(executions.map(control)) },
        ...{ result: ref(whole), ...times(timesOf(record)) },
      },
      {
        ...{ '@id': whole, '@type': 'CreateAction', name: `Run ${run}`, agent: ref(agent) },
        instrument: ref(bundlePaths.manifest),
        object: refs([...new Set(data.map(([, { digest }]) => bytesUri(digest))), ...knobs]),
        result: refs(executions.filter(({ counts }) => counts).flatMap(results)),
        ...{ ...times(timesOf(record)), actionStatus: status, identifier: `urn:uuid:${run}` },
        ...(failure === undefined ? {} : { error: failure }),
      },
      ...executions.flatMap((execution): Entity[] => [
        {
          ...{ '@id': control(execution), '@type': 'ControlAction', name: execution.folder },
          ...{ instrument: ref(stepId(execution.step.step)), object: ref(action(execution)) },
        },
        {
          ...{ '@id': action(execution), '@type': 'CreateAction', name: execution.folder },
          ...{ instrument: ref(toolId(execution.step.step)), agent: ref(agent) },
          object: refs(
            takenBy(execution).map((taken) =>
              'data' in taken
                ? bytesUri(manifest.pinned.data[taken.data]?.digest ?? manifest.pinned.code.tree)
                : pathUri(outputPath(taken.execution, taken.output)),
            ),
          ),
          ...{ result: refs(results(execution)), ...times(execution) },
          actionStatus: statusOf(execution.step.type === 'StepCompleted'),
          ...(execution.step.type === 'StepFailed' ? { error: execution.step.failure.class } : {}),
        },
      ]),
    ],
  };
}

const statusOf = (completed: boolean): string =>
  completed ? 'http://schema.org/CompletedActionStatus' : 'http://schema.org/FailedActionStatus';
