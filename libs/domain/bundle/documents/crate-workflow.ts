import type { Json } from '#kernel';
import type { KnobValue, PinnedStep } from '#domain/manifest';
import { stepOrder } from '#domain/manifest';
import { bundlePaths } from '../members.js';
import { ref, refs, type Entity } from './entity.js';
import { bytesUri, executionsOf, hexOf, type RunRecord } from './record.js';

export const toolId = (step: string): string => `#tool/${step}`;
export const stepId = (step: string): string => `#step/${step}`;
export const dataParameter = (name: string): string => `#in/data/${name}`;
export const knobParameter = (name: string): string => `#in/knob/${name}`;
export const outputParameter = (step: string, output: string): string => `#out/${step}/${output}`;
export const seedId = '#seed';
const seedParameter = '#in/seed';
export const knobId = (name: string): string => `#knob/${name}`;

const parameterProfile = 'https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE';
const workflowProfile = 'https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE';
const language = '#language';

interface Workflow {
  readonly id: string;
  /** The file that is the workflow, with what it says. */
  main(file: Entity): Entity;
  /** What the run read: files that are not in the bundle, known by their bytes. */
  readonly data: readonly Entity[];
  readonly entities: readonly Entity[];
}

/** The manifest as a workflow: its steps, the tools they run, what goes in and what comes out. */
export function workflowEntities(record: RunRecord): Workflow {
  const { manifest } = record;
  const { pinned, declared } = manifest;
  const order = [...new Set(stepOrder(manifest).map(({ step }) => step))];
  const steps = order.map((name) => [name, pinned.steps[name] as PinnedStep] as const);
  const data = Object.entries(pinned.data).sort(byName);
  const knobs = Object.entries(pinned.knobs).sort(byName);
  const inputs = [
    ...data.map(([name, { format }]) =>
      parameter(dataParameter(name), name, format === 'tree' ? 'Dataset' : 'File'),
    ),
    ...knobs.map(([name, value]) => parameter(knobParameter(name), name, typeOf(value))),
    parameter(seedParameter, 'seed', 'Integer'),
  ];
  const folders = new Set(
    executionsOf(record).flatMap(({ step }) =>
      step.outputs.filter(({ kind }) => kind === 'tree').map(({ name }) => outputParameter(step.step, name)),
    ),
  );
  const outputs = steps.flatMap(([step, { out }]) =>
    Object.keys(out)
      .sort()
      .map((name) => {
        const id = outputParameter(step, name);
        return parameter(id, `${step}.${name}`, folders.has(id) ? 'Dataset' : 'File');
      }),
  );
  return {
    id: bundlePaths.manifest,
    main: (file) => ({
      ...file,
      '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow', 'HowTo'],
      conformsTo: ref(workflowProfile),
      description: declared.why,
      version: declared.blueprint.version,
      programmingLanguage: ref(language),
      hasPart: refs(order.map(toolId)),
      step: refs(order.map(stepId)),
      input: refs(inputs.map(({ '@id': id }) => id)),
      output: refs(outputs.map(({ '@id': id }) => id)),
    }),
    data: [...Map.groupBy(data, ([, { digest }]) => digest)].map(([digest, pins]) => {
      const names = pins.map(([name]) => name);
      return {
        ...{ '@id': bytesUri(digest), '@type': 'File', sha256: hexOf(digest) },
        name: names.map((name) => `${name}: ${declared.datasets[name] ?? name}`).join(', '),
        exampleOfWork: refs(names.map(dataParameter)),
      };
    }),
    entities: [
      {
        '@id': language,
        '@type': 'ComputerLanguage',
        name: 'Holdfast manifest',
        version: String(manifest.v),
        url: ref('https://holdfast.dev/'),
      },
      {
        ...{ '@id': '#environment', '@type': 'SoftwareApplication', name: declared.environment.name },
        ...{ softwareVersion: pinned.environment.digest, identifier: pinned.environment.digest },
      },
      ...steps.flatMap(([name, { run }], index): Entity[] => [
        {
          '@id': stepId(name),
          '@type': 'HowToStep',
          name,
          position: String(index),
          workExample: ref(toolId(name)),
        },
        {
          ...{ '@id': toolId(name), '@type': 'SoftwareApplication', name, description: run.join(' ') },
          softwareRequirements: ref('#environment'),
        },
      ]),
      ...inputs,
      ...outputs,
      ...knobs.map(([name, value]) => property(knobId(name), name, value, knobParameter(name))),
      property(seedId, 'seed', pinned.seed.root, seedParameter),
    ],
  };
}

const parameter = (id: string, name: string, additionalType: string): Entity => ({
  ...{ '@id': id, '@type': 'FormalParameter', conformsTo: ref(parameterProfile) },
  ...{ name, additionalType, valueRequired: 'True' },
});

const property = (id: string, name: string, value: Json, parameterId: string): Entity => ({
  ...{ '@id': id, '@type': 'PropertyValue', name, value: String(value) },
  exampleOfWork: ref(parameterId),
});

const typeOf = (value: KnobValue): string =>
  typeof value === 'string'
    ? 'Text'
    : typeof value === 'boolean'
      ? 'Boolean'
      : Number.isInteger(value)
        ? 'Integer'
        : 'Float';

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
