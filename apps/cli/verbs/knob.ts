import type { registry } from '#contracts';
import type { KnobDeclaration } from '#domain/knob';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { showList } from '../output/format.js';
import { listed } from '../output/pages.js';
import type { Column } from '../output/table.js';
import { readBytes, plain } from '../view/plain.js';
import { text, type Action } from '../verb.js';

interface Declared {
  readonly knob: registry.Knob;
  readonly changed: boolean;
}

/** Declares knobs, or revises them: one file, one knob. Nothing is sent while a file has a problem. */
export const declare: Action = async (session, files, options) => {
  const { terminal, format, quiet, namespace } = session;
  const { readDeclarations } = await import('../experiment/read-declarations.js');
  const knobs = await readDeclarations('knob', files);
  const reason = text(options, 'reason') ?? `declared from ${files.join(', ')}`;
  const { registry } = await session.connection();
  const declared: Declared[] = [];
  for (const declaration of knobs) {
    const request = { namespace, declaration: Buffer.from(JSON.stringify(declaration)), reason };
    const { knob, changed } = await registry.declareKnob(request, commandKey());
    if (knob !== undefined) declared.push({ knob, changed });
  }
  const view = {
    columns: declaredColumns,
    json: ({ knob, changed }: Declared) => plain({ ...knob, changed }),
    id: ({ knob }: Declared) => knob.name,
    empty: 'no knobs',
  };
  await showList(terminal, format, declared, view, quiet);
  return exitStatus.success;
};

export const list: Action = async (session, _args, options) => {
  const { terminal, format, quiet, namespace } = session;
  const { registry } = await session.connection();
  const rows = await listed(terminal, options, async (page) => {
    const { knobs, nextPageToken } = await registry.listKnobs({ namespace, ...page }, { repeatable: true });
    return { rows: knobs, nextPageToken };
  });
  const empty = 'no knobs; `holdfast knob declare FILE` declares one, `holdfast schema knob` says how';
  const view = {
    columns,
    json: (row: registry.Knob) => plain(row),
    id: ({ name }: registry.Knob) => name,
    empty,
  };
  await showList(terminal, format, rows, view, quiet);
  return exitStatus.success;
};

export const retire: Action = async (session, [name = ''], options) => {
  const { terminal, quiet, namespace } = session;
  const { registry } = await session.connection();
  await registry.retireKnob({ namespace, name, reason: text(options, 'reason') ?? '' }, commandKey());
  if (!quiet) terminal.note(`${name} is retired: no new blueprint may set it; those that do keep it`);
  return exitStatus.success;
};

const declarationOf = (knob: registry.Knob): Partial<KnobDeclaration> & { readonly range?: Range } =>
  (readBytes(knob.declaration) ?? {}) as Partial<KnobDeclaration>;
type Range = { readonly min?: number; readonly max?: number };

/** `0 … 1`, `a, b, c`. */
function allowed(knob: registry.Knob): string {
  const declaration = declarationOf(knob) as { range?: Range; choices?: readonly unknown[] };
  if (declaration.choices) return declaration.choices.join(', ');
  if (!declaration.range) return 'any';
  const { min, max } = declaration.range;
  return `${min ?? ''} … ${max ?? ''}`.trim();
}

const columns: readonly Column<registry.Knob>[] = [
  { title: 'name', value: ({ name }) => name },
  { title: 'type', value: (knob) => declarationOf(knob).type },
  { title: 'allowed', value: allowed },
  { title: 'default', align: 'right', value: (knob) => String(declarationOf(knob).default) },
  { title: 'unit', value: (knob) => declarationOf(knob).unit },
  { title: 'description', value: (knob) => declarationOf(knob).description },
  { title: 'revision', align: 'right', value: ({ revision }) => revision },
  { title: 'state', value: ({ retired }) => (retired ? 'retired' : 'declared') },
  { title: 'owner', wide: true, value: (knob) => declarationOf(knob).owner },
  { title: 'stream', wide: true, value: ({ stream }) => stream },
];

const declaredColumns: readonly Column<Declared>[] = [
  { title: 'name', value: ({ knob }) => knob.name },
  { title: 'revision', align: 'right', value: ({ knob }) => knob.revision },
  { title: 'allowed', value: ({ knob }) => allowed(knob) },
  { title: 'outcome', value: ({ changed }) => (changed ? 'declared' : 'as it was') },
];
