import type { registry } from '#contracts';
import type { Json } from '#kernel';
import { exitStatus } from '../exit-status.js';
import { showList, showOne } from '../output/format.js';
import { listed } from '../output/pages.js';
import { facts } from '../output/table.js';
import { shortDigest, when } from '../output/units.js';
import type { Action } from '../verb.js';
import { plain } from '../view/plain.js';

type Blueprint = registry.Blueprint;

export const list: Action = async (session, _args, options) => {
  const { terminal, format, quiet, namespace } = session;
  const { registry } = await session.connection();
  const rows = await listed(terminal, options, async (page) => {
    const answer = await registry.listBlueprints({ namespace, ...page }, { repeatable: true });
    return { rows: answer.blueprints, nextPageToken: answer.nextPageToken };
  });
  const view = {
    columns: [
      { title: 'blueprint', value: nameOf },
      { title: 'version', value: ({ version }: Blueprint) => shortDigest(version) },
      { title: 'declared', value: ({ declaredAt }: Blueprint) => when(declaredAt) },
      { title: 'why', value: ({ why }: Blueprint) => why.slice(0, 80) },
      { title: 'reason', wide: true, value: ({ reason }: Blueprint) => reason },
    ],
    json: (row: Blueprint) => plain(row),
    id: (row: Blueprint) => `${row.namespace}/${row.name}@${row.version}`,
    empty: `no blueprints in ${namespace}; \`holdfast run\` declares the one that it runs`,
  };
  await showList(terminal, format, rows, view, quiet);
  return exitStatus.success;
};

/** One version with its document, as YAML, and its lock. */
export const show: Action = async (session, [ref = '']) => {
  const { terminal, format, quiet, namespace } = session;
  const { registry } = await session.connection();
  const answer = await registry.getBlueprint({ namespace, ref }, { repeatable: true });
  const blueprint = answer.blueprint as Blueprint;
  const { document, lock, declaredBy, declaredAt, reason, version } = blueprint;
  if (quiet) terminal.out(`${blueprint.namespace}/${blueprint.name}@${version}`);
  else {
    const { stringify } = await import('yaml');
    await showOne(terminal, format, plain(blueprint), () =>
      [
        facts([
          ['blueprint', nameOf(blueprint)],
          ['version', version],
          ['declared', `${when(declaredAt) ?? ''} by ${declaredBy?.type ?? ''} ${declaredBy?.id ?? ''}`],
          ['reason', reason],
        ]),
        `\n# document\n${stringify(parsed(document)).trimEnd()}`,
        `\n# lock\n${stringify(parsed(lock)).trimEnd()}`,
      ].join('\n'),
    );
  }
  return exitStatus.success;
};

const nameOf = ({ namespace, name, number }: Blueprint): string => `${namespace}/${name}@${number}`;
const parsed = (bytes: Uint8Array): Json => JSON.parse(Buffer.from(bytes).toString('utf8')) as Json;
