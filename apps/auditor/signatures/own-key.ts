import { DomainError } from '#kernel';
import type { CallContext } from '#platform';
import type { Auditor } from '../auditor.js';
import { keyId } from './signature.projection.js';

/**
 * A key signs for one person, also after it was replaced, and after they were erased. Two who bring the same key in the same moment are not
 * told apart here.
 * @param key in base64
 * @throws SIGNER_KEY_TAKEN
 */
export async function assertOwnKey(auditor: Auditor, key: string, context: CallContext): Promise<void> {
  await auditor.upToDate(context, ['signatures']);
  const known = await auditor.views.signatures.get(keyId(key));
  if (known === undefined || !('keyOf' in known) || known.keyOf === context.actor.id) return;
  const message = `this key signs for ${known.keyOf}, and for nobody else; take one of your own`;
  throw new DomainError('rule', 'SIGNER_KEY_TAKEN', message, { facts: { signer: known.keyOf } });
}
