import { DomainError, type Instant, type JsonObject } from '#kernel';
import { canonicalBytes, encodeBase64 } from '#evidence';
import { keySignedBytes, type KeyStatement } from '#domain/signature';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { openIdentity, type Identity } from '../identity.js';
import { confirm } from '../output/confirm.js';
import { showOne } from '../output/format.js';
import { facts } from '../output/table.js';
import type { Session } from '../session.js';
import { pseudonym } from '../settings.js';
import { text, type Action, type Options } from '../verb.js';
import { plain } from '../view/plain.js';

/** Another key for the same person; the key before vouches for it, or, with `--lost`, nobody but who calls. */
export const replace: Action = async (session, _args, options) => {
  const { terminal, format, quiet, clock, env } = session;
  const identity = await openIdentity(session, text(options, 'identity') ?? '');
  const before = await keyBefore(session, options);
  const statement: KeyStatement = {
    ...{ v: 1, signer: pseudonym(env), key: encodeBase64(identity.publicKey) },
    ...{ replaces: before.key, signedAt: clock.now() as Instant },
  };
  const bytes = keySignedBytes(statement);
  await confirm(session, options, `Sign with ${statement.key} instead of ${statement.replaces} from now on?`);
  const { auditor } = await session.connection();
  const { position } = await auditor.replaceSignerKey(
    {
      statement: Buffer.from(canonicalBytes(statement as unknown as JsonObject)),
      signature: Buffer.from(identity.sign(bytes)),
      signatureBefore: before.identity && Buffer.from(before.identity.sign(bytes)),
      reason: text(options, 'reason') ?? '',
    },
    commandKey(),
  );
  const { signer, key, replaces } = statement;
  const vouched = before.identity === undefined ? 'only you, for the key before is lost' : 'the key before';
  if (quiet) terminal.out(key);
  else
    await showOne(terminal, format, plain({ signer, key, replaces, position }), () =>
      facts([
        ['signer', signer],
        ['key', key],
        ['instead of', replaces],
        ['vouched for by', vouched],
      ]),
    );
  return exitStatus.success;
};

interface Before {
  readonly key: string;
  readonly identity?: Identity;
}

/** @throws OPTION_INVALID, what a key that cannot be opened throws, and SIGNER_UNKNOWN where nothing was signed yet */
async function keyBefore(session: Session, options: Options): Promise<Before> {
  const [path, lost] = [text(options, 'before'), options['lost'] === true];
  if ((path === undefined) !== lost)
    throw new DomainError('invalid', 'OPTION_INVALID', 'name the key before with --before, or say --lost');
  if (path !== undefined) {
    const identity = await openIdentity(session, path);
    return { key: encodeBase64(identity.publicKey), identity };
  }
  const { auditor } = await session.connection();
  const { person } = await auditor.getPerson({ person: pseudonym(session.env) }, { repeatable: true });
  if (person?.signingKey !== undefined) return { key: encodeBase64(person.signingKey) };
  const message = 'you have signed nothing yet: the first signature brings the key';
  throw new DomainError('rule', 'SIGNER_UNKNOWN', message);
}
