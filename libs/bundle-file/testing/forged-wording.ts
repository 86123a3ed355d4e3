import { digestBytes } from '#evidence';
import {
  crateBytes,
  descriptionPaths,
  lineageBytes,
  provBytes,
  statementsOf,
  withMembers,
  type Described,
  type RunRecord,
} from '#domain/bundle';

const { crate, prov, openlineage } = descriptionPaths;

/** As `describeRun`, by somebody who words it otherwise, and has all that depends on it agree. */
export function describedOtherwise(
  record: RunRecord,
  wording: (path: string, text: string) => string,
): Described {
  const worded = (path: string, bytes: Uint8Array) =>
    [path, Buffer.from(wording(path, Buffer.from(bytes).toString()))] as const;
  const lineage = [worded(openlineage, lineageBytes(record)), worded(prov, provBytes(record))];
  const members = withMembers(record.members, lineage);
  const made = worded(crate, crateBytes({ ...record, members }));
  return {
    core: withMembers(members, [made]),
    documents: [...lineage, made].map(([, bytes]) => bytes),
    statements: statementsOf(record, digestBytes(made[1])),
  };
}
