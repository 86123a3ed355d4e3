import { assertNoProblems } from '#kernel';
import { encodeBase64 } from '#evidence';
import type { auditor as proto } from '#contracts';
import { parseKeyStatement, signatureStream, type KeyStatement } from '#domain/signature';
import type { CallContext } from '#platform';
import { positionToken } from '#runtime';
import { commandContext, reasonProblems } from '#service';
import type { Auditor } from '../auditor.js';
import { claimKey } from './own-key.js';
import { lengthProblem, readStatement, whoAndWhen } from './read-statement.js';

/**
 * Another key signs for the caller from now on: vouched for by the key before, or, where that is lost, by the caller alone, which the event shows.
 * @throws SIGNATURE_INVALID with every problem; SIGNATURE_WRONG, SIGNER_UNKNOWN, SIGNER_KEY_SAME, SIGNER_KEY_DIFFERENT, SIGNER_KEY_TAKEN
 */
export async function replaceSignerKey(
  auditor: Auditor,
  request: proto.ReplaceSignerKeyRequest,
  context: CallContext,
): Promise<proto.ReplaceSignerKeyResponse> {
  const { signature, signatureBefore, reason } = request;
  const read = readStatement(request.statement, parseKeyStatement);
  assertNoProblems(
    [
      ...('problems' in read ? read.problems : whoAndWhen(read.statement, context)),
      ...lengthProblem('signature', signature, 64),
      ...(signatureBefore === undefined ? [] : lengthProblem('signature_before', signatureBefore, 64)),
      ...reasonProblems(reason),
    ],
    'SIGNATURE_INVALID',
  );
  const { statement } = read as { readonly statement: KeyStatement };
  const stream = signatureStream(statement.signer);
  const command = {
    ...{ type: 'ReplaceKey' as const, statement, signature: encodeBase64(signature), at: context.receivedAt },
    ...(signatureBefore === undefined ? {} : { signatureBefore: encodeBase64(signatureBefore) }),
  };
  await claimKey(auditor, stream, command, context);
  const { position } = await auditor.signatures.execute(stream, command, commandContext(context, reason));
  return { position: positionToken(position) };
}
