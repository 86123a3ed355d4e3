import { digestBytes, treeOf, type Tree } from '#evidence';
import type { Content } from '../members.js';
import { descriptionPaths } from '../members.js';
import { crateBytes } from './crate.js';
import { lineageBytes } from './openlineage.js';
import { provBytes } from './prov.js';
import type { RunRecord } from './record.js';
import { statementsOf, type Statement } from './statements.js';

export { crateBytes } from './crate.js';
export { lineageBytes } from './openlineage.js';
export { provBytes } from './prov.js';
export { timesOf } from './record.js';
export { sbomBytes } from './sbom.js';
export { statementsOf } from './statements.js';
export type { Approval, DeclaredVersion, RunRecord } from './record.js';
export type { Statement } from './statements.js';

export interface Described {
  /** The members, with those that describe them. */
  readonly core: Tree;
  /** New bytes, to be kept. */
  readonly documents: readonly Uint8Array[];
  /** To be signed; the envelopes are one member more. */
  readonly statements: readonly Statement[];
}

/** Describes a run for tools that know nothing of Holdfast: a pure function of the record, so the same run has the same bytes. */
export function describeRun(record: RunRecord): Described {
  const lineage = [
    [descriptionPaths.openlineage, lineageBytes(record)],
    [descriptionPaths.prov, provBytes(record)],
  ] as const;
  const members = withMembers(record.members, lineage);
  const crate = crateBytes({ ...record, members });
  const core = withMembers(members, [[descriptionPaths.crate, crate]]);
  return {
    core,
    documents: [...lineage.map(([, bytes]) => bytes), crate],
    statements: statementsOf(record, digestBytes(crate)),
  };
}

/** @returns the tree with these files in it */
export const withMembers = (
  { entries }: Tree,
  files: readonly (readonly [path: string, bytes: Uint8Array | Content])[],
): Tree =>
  treeOf([
    ...entries,
    ...files.map(([path, bytes]) => ({
      path,
      ...(bytes instanceof Uint8Array ? { digest: digestBytes(bytes), sizeBytes: bytes.length } : bytes),
      mode: '100644' as const,
    })),
  ]);
