import { signEnvelope } from '#evidence';
import type { Statement } from '#domain/bundle';
import type { Provenance } from './provenance.js';

const payloadType = 'application/vnd.in-toto+json';
const encoder = new TextEncoder();

/**
 * Signs what the installation attests: one DSSE envelope a line. Ed25519 signs the same bytes in the same way every time, so with the
 * same key the same run has the same core.
 */
export async function signStatements(
  { signer }: Pick<Provenance, 'signer'>,
  statements: readonly Statement[],
): Promise<Uint8Array> {
  const signers = [await signer()];
  const envelopes = await Promise.all(
    statements.map((statement) =>
      signEnvelope(payloadType, encoder.encode(JSON.stringify(statement)), signers),
    ),
  );
  return encoder.encode(envelopes.map((envelope) => `${JSON.stringify(envelope)}\n`).join(''));
}
