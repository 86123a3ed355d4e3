import type { StreamId } from '#kernel';
import { keyTaken, signature, signerKeyStream, type SignatureCommand } from '#domain/signature';
import type { CallContext } from '#platform';
import { commandContext } from '#service';
import type { Auditor } from '../auditor.js';
import { isSignature, keyId } from './signature.projection.js';

/**
 * A key signs for one person, also after it was replaced, and after they were erased. One that is new to its signer is theirs from here on, and
 * only if the command would be carried out: who brings it has it. Stopped before it is, it is theirs all the same when they come again.
 * @param stream the signer's
 * @throws SIGNER_KEY_TAKEN, and what the command is refused for
 */
export async function claimKey(
  auditor: Auditor,
  stream: StreamId,
  command: SignatureCommand,
  context: CallContext,
): Promise<void> {
  const key = command.type === 'Sign' ? command.key : command.statement.key;
  const signer = context.actor.id;
  await assertNotOfAnother(auditor, key, context);
  const { state } = await auditor.signatures.load(stream);
  const brings = signature.decide(command, state).some(({ type }) => type !== 'Signed');
  if (!brings) return;
  const claim = { type: 'ClaimKey', signer, key, at: context.receivedAt } as const;
  await auditor.signerKeys.execute(signerKeyStream(key), claim, commandContext(context, ''));
}

/** Keys that were brought before keys were claimed are known by what they signed. */
async function assertNotOfAnother(auditor: Auditor, key: string, context: CallContext): Promise<void> {
  await auditor.upToDate(context, ['signatures']);
  const known = await auditor.views.signatures.get(keyId(key));
  if (known === undefined || isSignature(known) || known.keyOf === context.actor.id) return;
  throw keyTaken(known.keyOf);
}
