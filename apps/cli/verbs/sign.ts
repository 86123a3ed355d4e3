import { hash } from 'node:crypto';
import { DomainError, type Instant, type JsonObject } from '#kernel';
import { canonicalBytes } from '#evidence';
import type { common } from '#contracts';
import { meanings, signedBytes, type SignatureStatement } from '#domain/signature';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { openIdentity } from '../identity.js';
import { confirm } from '../output/confirm.js';
import { showOne } from '../output/format.js';
import { facts } from '../output/table.js';
import { when } from '../output/units.js';
import type { Session } from '../session.js';
import { pseudonym } from '../settings.js';
import { text, type Action } from '../verb.js';
import { eventText } from '../view/event-text.js';
import { personText } from '../view/person-text.js';
import { plain } from '../view/plain.js';

/** Signs the newest event of a subject, whose bytes are hashed here and not taken from anybody's word. */
export const sign: Action = async (session, [subject = ''], options) => {
  const { terminal, format, quiet, clock, env } = session;
  const meaning = text(options, 'meaning') as SignatureStatement['meaning'];
  if (!meanings.includes(meaning))
    throw new DomainError('invalid', 'OPTION_INVALID', `--meaning is one of ${meanings.join(', ')}`);
  const identity = await openIdentity(session, text(options, 'identity') ?? '');
  const event = await newestOf(session, subject);
  terminal.note(`${event.stream} revision ${event.revision}, ${eventText(event)}`);
  await confirm(session, options, `Sign this, as ${meaning}?`);
  const statement: SignatureStatement = {
    ...{ v: 1, meaning, subject: event.stream as SignatureStatement['subject'], type: event.type },
    ...{ revision: String(event.revision), eventId: event.eventId },
    bytesSha256: hash('sha256', event.envelope),
    ...{ signer: pseudonym(env), signedAt: clock.now() as Instant },
  };
  const { auditor } = await session.connection();
  const { signature } = await auditor.signDigest(
    {
      statement: Buffer.from(canonicalBytes(statement as unknown as JsonObject)),
      publicKey: Buffer.from(identity.publicKey),
      signature: Buffer.from(identity.sign(signedBytes(statement))),
      reason: text(options, 'reason') ?? '',
    },
    commandKey(),
  );
  if (signature === undefined) throw new Error('the server answered without a signature');
  if (quiet) terminal.out(signature.id);
  else
    await showOne(terminal, format, plain(signature), () =>
      facts([
        ['signed', `${signature.subject} revision ${signature.revision}, ${signature.type}`],
        ['meaning', signature.meaning],
        ['sha-256', signature.bytesSha256],
        ['signer', personText(signature.signer, signature.signerName, true)],
        ['when', when(signature.signedAt)],
        ['reason', signature.reason],
      ]),
    );
  return exitStatus.success;
};

async function newestOf(session: Session, subject: string): Promise<common.Event> {
  const { auditor } = await session.connection();
  let newest: common.Event | undefined;
  const reading = auditor.readHistory({
    ...{ subject, namespace: session.namespaceFor(subject), types: [], limit: 0, follow: false },
    asOf: undefined,
  });
  for await (const { event } of reading) newest = event ?? newest;
  if (newest === undefined)
    throw new DomainError('not-found', 'SUBJECT_NOT_FOUND', `nothing is known of ${subject}`);
  return newest;
}
