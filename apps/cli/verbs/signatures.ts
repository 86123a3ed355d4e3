import { encodeBase64 } from '#evidence';
import type { auditor } from '#contracts';
import type { Json } from '#kernel';
import { isSigned, parseStatement } from '#domain/signature';
import { exitStatus } from '../exit-status.js';
import { showList } from '../output/format.js';
import { listed } from '../output/pages.js';
import type { Column } from '../output/table.js';
import { shortId, when } from '../output/units.js';
import { text, type Action } from '../verb.js';
import { personText } from '../view/person-text.js';
import { plain } from '../view/plain.js';

type Checked = auditor.Signature & { readonly holds: boolean };

/** Each is checked here with the key that it names; exit status 5 when one does not hold. */
export const signatures: Action = async (session, [subject = ''], options) => {
  const { terminal, format, quiet } = session;
  const [signer, meaning] = [text(options, 'signer'), text(options, 'meaning')];
  const filter = {
    ...{ subject, namespace: session.namespaceFor(subject) },
    ...(signer === undefined ? {} : { signer }),
    ...(meaning === undefined ? {} : { meaning }),
  };
  const isAnything = subject === '' && signer === undefined && meaning === undefined;
  const { auditor } = await session.connection();
  const rows = await listed(terminal, options, async (page) => {
    const answer = await auditor.listSignatures({ ...filter, ...page }, { repeatable: true });
    return { rows: answer.signatures.map(checked), nextPageToken: answer.nextPageToken };
  });
  const view = {
    columns,
    json: (row: Checked) => plain(row),
    id: ({ id }: Checked) => id,
    empty: isAnything
      ? 'nobody has signed anything; `holdfast sign SUBJECT` does'
      : 'nobody has signed that; `holdfast signatures` shows all there are',
  };
  await showList(terminal, format, rows, view, quiet);
  return rows.every(({ holds }) => holds) ? exitStatus.success : exitStatus.verification;
};

function checked(signature: auditor.Signature): Checked {
  const { statement, publicKey, signature: bytes } = signature;
  return { ...signature, holds: holds(statement, encodeBase64(publicKey), encodeBase64(bytes)) };
}

function holds(bytes: Uint8Array, key: string, signature: string): boolean {
  try {
    const read = parseStatement(JSON.parse(Buffer.from(bytes).toString()) as Json);
    return 'statement' in read && isSigned({ statement: read.statement, key, signature });
  } catch {
    return false;
  }
}

const columns: readonly Column<Checked>[] = [
  { title: 'id', value: ({ id }) => shortId(id) },
  { title: 'when', value: ({ signedAt }) => when(signedAt) },
  { title: 'meaning', value: ({ meaning }) => meaning },
  { title: 'signer', value: ({ signer, signerName }) => personText(signer, signerName) },
  { title: 'subject', value: ({ subject, revision }) => `${subject}@${revision}` },
  { title: 'of', value: ({ type }) => type },
  {
    title: 'version',
    value: ({ changedBy }) => (changedBy === undefined ? 'the present one' : `earlier: ${changedBy} since`),
  },
  { title: 'holds', value: (row) => (row.holds ? 'yes' : 'NO') },
  { title: 'key', value: ({ keyReplaced }) => (keyReplaced ? 'replaced since' : 'the present one') },
  { title: 'public key', wide: true, value: ({ publicKey }) => encodeBase64(publicKey) },
  { title: 'sha-256', wide: true, value: ({ bytesSha256 }) => bytesSha256 },
  { title: 'reason', wide: true, value: ({ reason }) => reason },
];
