import { isDomainError, type Digest, type Json } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import { differingLeaves, type Difference } from '#domain/comparison';
import { profileCsv } from '#domain/dataset';
import type { Manifest } from '#domain/manifest';
import { whatDiffers, withMore } from './explain-results.js';

/** Of a table, what its profile is made from. */
const profiledBytes = 32 * 2 ** 20;
/** A profile says how much the bytes changed; it is no cause of its own. */
const belowBytes = 0.01;

/**
 * Data differences with what is inside: row and column or first byte, and how the profile of a table moved. Only for data that is
 * on this server.
 */
export async function compareData(
  artifacts: ArtifactStore,
  manifests: readonly Difference[],
  a: Manifest,
  b: Manifest,
): Promise<readonly Difference[]> {
  const found: Difference[] = [];
  for (const difference of manifests.filter(({ area }) => area === 'data')) {
    const name = /^data\.([^.]+)$/.exec(difference.what)?.[1];
    const [x, y] = name === undefined ? [] : [a.pinned.data[name], b.pinned.data[name]];
    if (x === undefined || y === undefined) {
      found.push(difference);
      continue;
    }
    const path = { csv: `${name}.csv`, tree: `${name}/`, file: `${name}` };
    const format = x.format === y.format ? x.format : 'file';
    const more = await whatDiffers(artifacts, path[format], x.digest, y.digest);
    found.push({ ...difference, detail: withMore(difference.detail, more) });
    if (format === 'csv') found.push(...(await compareProfiles(artifacts, difference, x.digest, y.digest)));
  }
  return found;
}

async function compareProfiles(
  artifacts: ArtifactStore,
  { what, likelihood }: Difference,
  a: Digest,
  b: Digest,
): Promise<readonly Difference[]> {
  const [x, y] = await Promise.all([profileOf(artifacts, a), profileOf(artifacts, b)]);
  if (x === undefined || y === undefined) return [];
  return differingLeaves('data', `${what}.profile`, x, y, Math.max(0, likelihood - belowBytes));
}

/** Columns by name, so that one of them has a name in the difference. */
async function profileOf(artifacts: ArtifactStore, digest: Digest): Promise<Json | undefined> {
  try {
    const { schema, profile } = await profileCsv(artifacts.get(digest), profiledBytes);
    const types = new Map(schema.columns.map(({ name, type }) => [name, type]));
    const columns = profile.columns.map(({ name, ...column }) => [
      name,
      { ...column, type: types.get(name) ?? '' },
    ]);
    return { rows: profile.rows, columns: Object.fromEntries(columns) as Json };
  } catch (error) {
    if (isDomainError(error) && ['not-found', 'integrity', 'invalid'].includes(error.kind)) return undefined;
    throw error;
  }
}
