import type { TreeEntry } from '#evidence';
import { bundlePaths, descriptionPaths } from '../members.js';
import { ref, type Entity } from './entity.js';
import { outputParameter } from './crate-workflow.js';
import { executionsOf, hexOf, outputPath, pathUri, type RunRecord } from './record.js';

const formats: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  jsonl: 'application/jsonl',
  mjs: 'text/javascript',
  py: 'text/x-python',
  svg: 'image/svg+xml',
  txt: 'text/plain',
};

/** What the files are that every bundle has. */
const names: Readonly<Record<string, string>> = {
  [bundlePaths.manifest]: 'Manifest: the run with every reference resolved to a digest',
  [bundlePaths.history]: 'History: every event of the run as it is stored',
  [bundlePaths.blueprint]: 'Blueprint: the experiment as it was declared',
  [bundlePaths.approvals]: 'Approvals: who put their name to the blueprint, as it is stored',
  [bundlePaths.fingerprint]: 'Fingerprint: the environment as it was found',
  [bundlePaths.folds]: 'Folds of the data',
  [descriptionPaths.sbom]: 'Software of the environment (CycloneDX)',
  [descriptionPaths.prov]: 'Lineage (W3C PROV-JSON)',
  [descriptionPaths.openlineage]: 'Lineage (OpenLineage run events)',
  [descriptionPaths.attestations]: 'Attestations (in-toto statements in DSSE envelopes)',
};

const extensionOf = (path: string): string =>
  /\/std(out|err)$/.test(path) ? 'txt' : (/\.([a-z]+)$/.exec(path)?.[1] ?? '');

export function fileEntity(path: string, entry?: Pick<TreeEntry, 'digest' | 'sizeBytes'>): Entity {
  const format = formats[extensionOf(path)];
  return {
    ...{ '@id': pathUri(path), '@type': 'File', name: names[path] ?? path },
    ...(format === undefined ? {} : { encodingFormat: format }),
    ...(entry ? { contentSize: String(entry.sizeBytes), sha256: hexOf(entry.digest) } : {}),
  };
}

/** Every file of the bundle; links of the code have none of their own. */
export function describedFiles(record: RunRecord): Entity[] {
  const outputs = new Map(
    executionsOf(record).flatMap((execution) =>
      execution.step.outputs.map((output) => [
        outputPath(execution, output),
        outputParameter(execution.step.step, output.name),
      ]),
    ),
  );
  return record.members.entries
    .filter(({ target }) => target === undefined)
    .map((entry) => {
      const parameter = outputs.get(entry.path);
      const file = fileEntity(entry.path, entry);
      return parameter === undefined ? file : { ...file, exampleOfWork: ref(parameter) };
    });
}
