import { assertNoProblems, DomainError } from '#kernel';
import { grammars } from '#domain/declaration';
import { datasetStream } from '#domain/dataset';
import type { View } from '#runtime';
import type { DatasetDocument } from './dataset.projection.js';
import { versionId } from './version-order.js';

/** `name@number` apart; for a reference that the grammar has let through. */
export function splitDatasetRef(ref: string): { readonly name: string; readonly number: number } {
  const at = ref.lastIndexOf('@');
  return { name: ref.slice(0, at), number: Number(ref.slice(at + 1)) };
}

export const datasetId = (namespace: string, ref: string): string => {
  const { name, number } = splitDatasetRef(ref);
  return versionId(datasetStream(namespace, name), number);
};

/** NAME for the newest version, or NAME@NUMBER. @throws DATASET_REF_INVALID, DATASET_NOT_FOUND */
export async function findDataset(
  view: View<DatasetDocument>,
  namespace: string,
  ref: string,
): Promise<DatasetDocument> {
  const { slug, datasetVersion } = grammars;
  const exact = datasetVersion.pattern.test(ref);
  if (!exact && !slug.pattern.test(ref)) {
    const { code } = datasetVersion;
    const message = 'a dataset is NAME for the newest version, or NAME@NUMBER';
    const found = ref.slice(0, 120);
    assertNoProblems([{ code, field: 'ref', message, found, fix: 'write it like palmer-penguins@1' }], code);
  }
  const where = [
    { field: 'namespace', is: namespace },
    { field: 'name', is: ref },
  ];
  const dataset = exact
    ? await view.get(datasetId(namespace, ref))
    : (await view.query({ where, sort: { field: 'order', direction: 'desc' }, limit: 1 }))[0];
  if (dataset !== undefined) return dataset;
  const message = `there is no dataset ${ref} in ${namespace}; \`holdfast dataset list\` shows what there is`;
  throw new DomainError('not-found', 'DATASET_NOT_FOUND', message);
}
