import { bundlePaths, descriptionPaths } from '../members.js';
import { approvalEntities } from './crate-approvals.js';
import { describedFiles, fileEntity } from './crate-files.js';
import { ref, refs, type Entity } from './entity.js';
import { executionEntities } from './crate-runs.js';
import { workflowEntities } from './crate-workflow.js';
import { holdfast } from './names.js';
import { jsonBytes, outcomeOf, timesOf, withOffset, type RunRecord } from './record.js';

const profiles = [
  ['https://w3id.org/ro/wfrun/process/0.5', 'Process Run Crate', '0.5'],
  ['https://w3id.org/ro/wfrun/workflow/0.5', 'Workflow Run Crate', '0.5'],
  ['https://w3id.org/ro/wfrun/provenance/0.5', 'Provenance Run Crate', '0.5'],
  ['https://w3id.org/workflowhub/workflow-ro-crate/1.0', 'Workflow RO-Crate', '1.0'],
] as const;
const roCrate = 'https://w3id.org/ro/crate/1.1';
const noLicense = '#license';

/**
 * The bundle as an RO-Crate 1.1 of the profile Provenance Run Crate 0.5: which file is what, what was run in which order, what each
 * process took and gave. Names every file with its digest, but for itself and the attestations, which are made of it.
 */
export function crateBytes(record: RunRecord): Uint8Array {
  const { run, manifest } = record;
  const files = describedFiles(record);
  const workflow = workflowEntities(record);
  const runs = executionEntities(record);
  const approvals = approvalEntities(record);
  const mains: Readonly<Record<string, (file: Entity) => Entity>> = {
    [workflow.id]: workflow.main,
    [bundlePaths.approvals]: approvals.main,
  };
  const { name } = manifest.declared.blueprint;
  const folders = runs.folders.map(({ '@id': id }) => ref(id));
  return jsonBytes({
    '@context': ['https://w3id.org/ro/crate/1.1/context', 'https://w3id.org/ro/terms/workflow-run/context'],
    '@graph': [
      {
        ...{ '@id': descriptionPaths.crate, '@type': 'CreativeWork', about: ref('./') },
        conformsTo: [ref(roCrate), ref('https://w3id.org/workflowhub/workflow-ro-crate/1.0')],
      },
      {
        ...{ '@id': './', '@type': 'Dataset', name: `Run ${run} of ${name}` },
        description: `${manifest.declared.why} The run ${outcomeOf(record)}.`,
        datePublished: withOffset(timesOf(record).endedAt),
        license: ref(noLicense),
        conformsTo: profiles.map(([id]) => ref(id)),
        hasPart: [
          ...files.map(({ '@id': id }) => ref(id)),
          ...folders,
          ref(descriptionPaths.attestations),
          ...workflow.data.map(({ '@id': id }) => ref(id)),
        ],
        mainEntity: ref(workflow.id),
        author: ref(runs.agent),
        mentions: refs(runs.actions.map(({ '@id': id }) => id)),
        identifier: `urn:uuid:${run}`,
      },
      ...profiles.map(([id, title, version]) => ({
        '@id': id,
        '@type': 'CreativeWork',
        name: title,
        version,
      })),
      {
        ...{ '@id': noLicense, '@type': 'CreativeWork', name: 'No license was stated' },
        description: 'Whoever ran the experiment decides who may use what is in here.',
      },
      {
        '@id': '#holdfast',
        '@type': 'SoftwareApplication',
        name: holdfast.name,
        softwareVersion: record.release,
        url: holdfast.url,
      },
      ...files.map((file) => mains[file['@id']]?.(file) ?? file),
      fileEntity(descriptionPaths.attestations),
      ...workflow.data,
      ...workflow.entities,
      ...runs.folders,
      ...runs.entities,
      ...runs.actions,
      ...approvals.entities,
    ],
  });
}
