import type { provenance } from '#contracts';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { ageOf } from '../output/age.js';
import { confirm } from '../output/confirm.js';
import { showList, showOne } from '../output/format.js';
import { listed } from '../output/pages.js';
import { facts, type Column } from '../output/table.js';
import { bytes, nounOf, shortId, when } from '../output/units.js';
import type { Session } from '../session.js';
import { flag, text, texts, type Action } from '../verb.js';
import { disposalLine } from '../view/disposal-text.js';
import { personText } from '../view/person-text.js';
import { plain } from '../view/plain.js';

type Rule = provenance.RetentionRule;

const dayMs = 24 * 60 * 60 * 1000;

export const list: Action = async (session, [name = ''], options) => {
  const { terminal, format, quiet } = session;
  const { provenance } = await session.connection();
  const rows = await listed(terminal, options, async (page) => {
    const { rules, nextPageToken } = await provenance.listRetention(
      { class: name, ...page },
      { repeatable: true },
    );
    return { rows: rules, nextPageToken };
  });
  const view = { columns, json: (rule: Rule) => plain(rule), id, empty: 'there are no classes' };
  await showList(terminal, format, rows, view, quiet);
  return exitStatus.success;
};

/** A class for the first time, or with another time from now on. */
export const declare: Action = async (session, [name = ''], options) => {
  const { provenance } = await session.connection();
  const keep = text(options, 'keep') ?? '';
  const { rule } = await provenance.declareRetention(
    {
      name,
      ...(keep === 'for-ever' ? {} : { keepForDays: Math.ceil(ageOf(keep, '--keep') / dayMs) }),
      artifacts: [...texts(options, 'of')],
      authority: text(options, 'authority') ?? '',
      reason: text(options, 'reason') ?? '',
    },
    commandKey(),
  );
  return show(session, rule);
};

export const assign: Action = async (session, [subject = '', name = ''], options) => {
  const { provenance } = await session.connection();
  const request = { subject, class: name, namespace: session.namespaceFor(subject) };
  const reason = text(options, 'reason') ?? '';
  return show(session, (await provenance.assignRetention({ ...request, reason }, commandKey())).rule);
};

/** How one run, or one version of a dataset, stands. */
export const showOf: Action = async (session, [runId = '']) => {
  const { terminal, format, quiet } = session;
  const { provenance } = await session.connection();
  const found = await provenance.getRetention(
    { runId, namespace: session.namespaceFor(runId) },
    { repeatable: true },
  );
  if (quiet) terminal.out(found.class);
  else
    await showOne(terminal, format, plain(found), () =>
      facts([
        ['run', found.runId],
        ['dataset', found.dataset],
        ['class', `${found.class}${found.assignedBy === '' ? '' : `, by ${found.assignedBy}`}`],
        [found.dataset === '' ? 'ended' : 'added', when(found.endedAt)],
        ['kept', keptText(found)],
        ['goes then', found.keptUntil === undefined ? '' : goesText(found)],
        ...found.heldBy.map((held): [string, string] => ['held by', heldText(held)]),
        ...found.disposals.map((one): [string, string] => ['disposed', disposalLine(one)]),
      ]),
    );
  return exitStatus.success;
};

/** Of a dataset all bytes are data. */
function goesText({ dataset, artifacts }: provenance.GetRetentionResponse): string {
  const going = artifacts.filter((kind) => dataset === '' || kind === 'data');
  return going.length === 0 ? 'nothing of it' : going.join(', ');
}

function keptText({ endedAt, keptUntil, over, heldBy }: provenance.GetRetentionResponse): string {
  if (endedAt === undefined) return 'it has not ended';
  if (keptUntil === undefined) return 'for ever';
  if (!over) return `until ${when(keptUntil) ?? ''}`;
  return heldBy.length > 0
    ? `since ${when(keptUntil) ?? ''} by holds alone`
    : `until ${when(keptUntil) ?? ''}, which is over`;
}

export const heldText = ({ hold, subject, label, authority }: provenance.Holding): string =>
  `${shortId(hold)} on ${label ?? subject} (${authority})`;

/** Bytes of a run or of a version of a dataset, for good; asks first, telling how much it would be. */
export const dispose: Action = async (session, [runId = ''], options) => {
  const { terminal, format, quiet } = session;
  const { provenance } = await session.connection();
  const request = {
    ...{ runId, namespace: session.namespaceFor(runId) },
    authority: text(options, 'authority') ?? '',
    reason: text(options, 'reason') ?? '',
    beforeTime: flag(options, 'beforeTime'),
    artifacts: [...texts(options, 'of')],
  };
  const dryRun = flag(options, 'dryRun');
  if (!dryRun && !flag(options, 'yes')) {
    const { disposal: planned } = await provenance.dispose({ ...request, dryRun: true }, commandKey());
    if (planned !== undefined)
      await confirm(session, options, `Delete ${amountOf(planned)} of ${nameOf(planned)} for good?`);
  }
  const { disposal, blobs } = await provenance.dispose({ ...request, dryRun }, commandKey());
  if (disposal?.blobs === 0)
    terminal.note('every byte of it is needed by something that is kept; it goes with the last of them');
  if (disposal === undefined) terminal.note('nothing of it was left to dispose of');
  else if (quiet) blobs.forEach(({ digest }) => terminal.out(digest));
  else
    await showOne(
      terminal,
      format,
      { dryRun, ...plain(disposal), digests: blobs.map(({ digest }) => digest) },
      () =>
        [
          ...(format === 'wide' ? blobs.map(({ digest }) => digest) : []),
          dryRun ? `would dispose of ${amountOf(disposal)}` : `disposed of ${disposalLine(disposal)}`,
        ].join('\n'),
    );
  return exitStatus.success;
};

/** Of a run or of a dataset, whichever is named. */
export const nameOf = ({ runId, dataset }: { readonly runId: string; readonly dataset: string }): string =>
  dataset === '' ? `run ${shortId(runId)}` : `dataset ${dataset}`;

export const amountOf = ({ artifacts, blobs, bytes: size }: provenance.Disposal): string =>
  `${artifacts.join(', ')}: ${nounOf(blobs, 'blob')}, ${bytes(size)}`;

async function show({ terminal, format, quiet }: Session, rule: Rule | undefined) {
  if (rule === undefined) throw new Error('the server answered without a rule');
  if (quiet) terminal.out(id(rule));
  else
    await showOne(terminal, format, plain(rule), () =>
      facts([
        ['class', rule.class],
        ['of', rule.label],
        ['keeps', keeps(rule)],
        ['goes then', rule.keepForDays === undefined ? '' : rule.artifacts.join(', ')],
        ['authority', rule.authority],
        ['reason', rule.reason],
      ]),
    );
  return exitStatus.success;
}

const id = ({ subject, class: name }: Rule): string => (subject === '' ? name : subject);
const keeps = ({ keepForDays }: Rule): string =>
  keepForDays === undefined ? 'for ever' : `${nounOf(keepForDays, 'day')} after the end, or the adding`;

const columns: readonly Column<Rule>[] = [
  { title: 'class', value: ({ class: name }) => name },
  { title: 'of', value: ({ label }) => label },
  { title: 'keeps', value: keeps },
  {
    title: 'goes then',
    value: ({ keepForDays, artifacts }) => (keepForDays === undefined ? '' : artifacts.join(', ')),
  },
  { title: 'authority', value: ({ authority }) => authority },
  { title: 'decided', value: ({ decidedAt }) => when(decidedAt) },
  { title: 'reason', value: ({ reason }) => reason },
  {
    title: 'by',
    wide: true,
    value: ({ decidedBy, decidedByName }) => personText(decidedBy, decidedByName, true),
  },
];
