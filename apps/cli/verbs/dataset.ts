import { basename } from 'node:path';
import { DomainError } from '#kernel';
import type { registry } from '#contracts';
import { grammars } from '#domain/declaration';
import type { DataFormat } from '#domain/manifest';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { showList, showOne } from '../output/format.js';
import { shortNumber } from '../output/numbers.js';
import { listed } from '../output/pages.js';
import { facts, table, type Column } from '../output/table.js';
import { bytes, shortDigest, when } from '../output/units.js';
import { plain, readBytes } from '../view/plain.js';
import { text, texts, type Action, type Options } from '../verb.js';

type Version = registry.DatasetVersion;

/** Uploads a file or a folder and keeps it as a version; the same bytes again are the version that is there. */
export const add: Action = async (session, [name = '', path = ''], options) => {
  const { terminal, format, quiet, namespace } = session;
  const { hashData, uploadData } = await import('../experiment/hash-data.js');
  const data = await hashData(session, path, formatOf(options), await session.digests());
  // Else the server says what is wrong, with all else that is, before it looks for the bytes.
  if (grammars.slug.pattern.test(name)) await uploadData(session, data.blobs);
  const { registry, provenance } = await session.connection();
  const reason = text(options, 'reason') ?? `added from ${basename(path)}`;
  const { version, created } = await registry.addDatasetVersion(
    {
      namespace,
      name,
      digest: data.digest,
      format: data.format,
      reason,
      description: text(options, 'description') ?? '',
      parents: [...texts(options, 'parent')],
      transformation: text(options, 'transformation') ?? '',
      origin: text(options, 'origin') ?? '',
      license: text(options, 'license') ?? '',
    },
    commandKey(),
  );
  if (version === undefined) throw new Error('the server answered without a version');
  const retention = text(options, 'retention');
  if (retention !== undefined)
    await provenance.assignRetention(
      { namespace, subject: `dataset:${name}`, class: retention, reason },
      commandKey(),
    );
  if (quiet) terminal.out(refOf(version));
  else
    await showOne(terminal, format, plain({ ...version, created }), () =>
      created ? versionText(version) : `${versionText(version)}\nthe same bytes were there already`,
    );
  return exitStatus.success;
};

export const list: Action = async (session, _args, options) => {
  const { terminal, format, quiet, namespace } = session;
  const { registry } = await session.connection();
  const rows = await listed(terminal, options, async (page) => {
    const answer = await registry.listDatasets({ namespace, ...page }, { repeatable: true });
    return { rows: answer.versions, nextPageToken: answer.nextPageToken };
  });
  const empty = 'no datasets; `holdfast dataset add NAME PATH` adds the first';
  const view = { columns, json: (row: Version) => plain(row), id: refOf, empty };
  await showList(terminal, format, rows, view, quiet);
  return exitStatus.success;
};

export const show: Action = async (session, [ref = '']) => {
  const { terminal, format, quiet, namespace } = session;
  const { registry } = await session.connection();
  const { version } = await registry.getDataset({ namespace, ref }, { repeatable: true });
  if (version === undefined) throw new Error('the server answered without a version');
  if (quiet) terminal.out(refOf(version));
  else await showOne(terminal, format, plain(version), () => versionText(version));
  return exitStatus.success;
};

const refOf = ({ name, number }: Version): string => `${name}@${number}`;

const dataFormats: readonly DataFormat[] = ['csv', 'file', 'tree'];

function formatOf(options: Options): DataFormat | undefined {
  const given = text(options, 'as');
  if (given === undefined || dataFormats.includes(given as DataFormat))
    return given as DataFormat | undefined;
  const message = `--as is one of ${dataFormats.join(', ')}; found ${given.slice(0, 40)}`;
  throw new DomainError('invalid', 'OPTION_INVALID', message);
}

const columns: readonly Column<Version>[] = [
  { title: 'dataset', value: refOf },
  { title: 'format', value: ({ format }) => format },
  { title: 'size', align: 'right', value: ({ sizeBytes }) => bytes(sizeBytes) },
  { title: 'digest', value: ({ digest }) => shortDigest(digest) },
  { title: 'added', value: ({ addedAt }) => when(addedAt) },
  { title: 'description', value: ({ description }) => description },
  { title: 'license', wide: true, value: ({ license }) => license },
  { title: 'origin', wide: true, value: ({ origin }) => origin },
  { title: 'parents', wide: true, value: ({ parents }) => parents.join(', ') },
  { title: 'reason', wide: true, value: ({ reason }) => reason },
];

interface ColumnProfile {
  readonly name: string;
  readonly empty: number;
  readonly min?: number;
  readonly max?: number;
  readonly distinct?: number;
}

function versionText(version: Version): string {
  const schema = readBytes(version.schema) as
    { columns?: readonly { name: string; type: string }[] } | undefined;
  const profile = readBytes(version.profile) as
    { rows: number; complete: boolean; columns: readonly ColumnProfile[] } | undefined;
  const about = facts([
    ['dataset', refOf(version)],
    ['digest', version.digest],
    ['format', version.format],
    ['size', bytes(version.sizeBytes)],
    ['rows', profile && `${profile.rows}${profile.complete ? '' : ' and more, which were not looked at'}`],
    ['description', version.description],
    ['origin', version.origin],
    ['license', version.license],
    ['made from', version.parents.join(', ')],
    ['by', version.transformation],
    ['added', when(version.addedAt)],
    ['reason', version.reason],
  ]);
  const profiles = profile?.columns ?? [];
  if (profiles.length === 0) return about;
  const typeOf = (name: string) => schema?.columns?.find((column) => column.name === name)?.type;
  const number = (value: number | undefined) => (value === undefined ? undefined : shortNumber(value));
  return `${about}\n\n${table(profiles, [
    { title: 'column', value: ({ name }) => name },
    { title: 'type', value: ({ name }) => typeOf(name) },
    { title: 'missing', align: 'right', value: ({ empty }) => empty },
    { title: 'min', align: 'right', value: ({ min }) => number(min) },
    { title: 'max', align: 'right', value: ({ max }) => number(max) },
    { title: 'distinct', align: 'right', value: ({ distinct }) => distinct ?? 'many' },
  ])}`;
}
