import { DomainError, type Json } from '#kernel';
import type { auditor } from '#contracts';
import { readExport } from '#export-file';
import { exitStatus } from '../exit-status.js';
import { arrivingFile } from '../output/arriving-file.js';
import { confirm } from '../output/confirm.js';
import { showOne } from '../output/format.js';
import { outFile } from './out-file.js';
import { openProgress } from '../output/progress.js';
import { facts } from '../output/table.js';
import { printable } from '../output/terminal.js';
import { bytes } from '../output/units.js';
import { plain } from '../view/plain.js';
import type { Session } from '../session.js';
import { flag, text, texts, type Action, type Options } from '../verb.js';
import { sayNoNamespaces } from './history.js';
import { unknownTypes } from './known-events.js';
import { rangeFrom } from './moments.js';

/** The audit trail as one signed file; it has its name only when all of it has arrived. */
export const auditExport: Action = async (session, _args, options) => {
  const { terminal, format, quiet } = session;
  const request = requestOf(session, options);
  if (request.runs.length + request.blueprints.length === 0) sayNoNamespaces(session);
  const unknown = unknownTypes(options);
  // What is exported is signed, and recorded as taken.
  if (unknown.length > 0)
    await confirm(session, options, printable(`${unknown.join('\n')}\nExport all the same?`));
  const out = await outFile(session, options);
  const file = arrivingFile(out, () => arrived('the server sent nothing'));
  try {
    const summary = await download(session, request, file);
    const { manifestDigest, totalBytes } = await readExport(file.part);
    if (summary === undefined || manifestDigest !== summary.manifestDigest)
      throw arrived('it is not what the server says it sent');
    await file.rename();
    const { events, others, firstIndex, lastIndex, logSize, keyName } = summary;
    const range = firstIndex === undefined ? 'nothing' : `${firstIndex} to ${lastIndex}`;
    if (quiet) terminal.out(manifestDigest);
    else
      await showOne(terminal, format, { file: out, ...(plain(summary) as { [key: string]: Json }) }, () =>
        facts([
          ['export', out],
          ['manifest', manifestDigest],
          ['events', String(events)],
          ['positions', range],
          ['others', `${others}, as leaves`],
          ['log', `${logSize} entries`],
          ['signed by', keyName],
          ['size', bytes(totalBytes)],
        ]),
      );
    if (events === 0) terminal.note('no event of these positions fits what was asked for');
    if (!quiet) terminal.note(`check it anywhere: holdfast verify ${text(options, 'out')} --key PUBLIC-KEY`);
    return exitStatus.success;
  } finally {
    await file.close();
  }
};

async function download(
  session: Session,
  request: auditor.ExportAuditRequest,
  file: ReturnType<typeof arrivingFile>,
): Promise<auditor.ExportSummary | undefined> {
  const { terminal, clock } = session;
  const connection = await session.connection();
  const progress = openProgress(terminal, clock, 'exporting the audit trail', 'bytes');
  let [done, summary]: [number, auditor.ExportSummary | undefined] = [0, undefined];
  try {
    for await (const answer of connection.auditor.exportAudit(request)) {
      if (answer.chunk.length > 0) await file.append(answer.chunk);
      summary = answer.summary ?? summary;
      done += answer.chunk.length;
      progress.update(done, 0);
    }
    await file.end();
  } finally {
    progress.end();
  }
  return summary;
}

function requestOf(session: Session, options: Options): auditor.ExportAuditRequest {
  const [from, to] = rangeFrom(text(options, 'from'), text(options, 'to'));
  const [actor, study, reason] = [text(options, 'actor'), text(options, 'study'), text(options, 'reason')];
  return {
    namespace: session.namespaceOfIds,
    ...(from?.time === undefined ? {} : { recordedFrom: from.time }),
    ...(to?.time === undefined ? {} : { recordedTo: to.time }),
    ...(from?.index === undefined ? {} : { fromIndex: from.index }),
    ...(to?.index === undefined ? {} : { toIndex: to.index }),
    ...(actor === undefined ? {} : { actor }),
    ...(study === undefined ? {} : { study }),
    ...(reason === undefined ? {} : { reason }),
    named: flag(options, 'named'),
    types: [...texts(options, 'type')],
    runs: [...texts(options, 'run')],
    // A name lives in a namespace, ids in none.
    blueprints: texts(options, 'blueprint').map((name) =>
      name.includes('/') ? name : `${session.namespace}/${name}`,
    ),
    formats: (text(options, 'formats') ?? '').split(',').filter((format) => format !== ''),
  };
}

const arrived = (what: string): DomainError =>
  new DomainError('integrity', 'EXPORT_INVALID', `the export did not arrive: ${what}`);
