import { DomainError } from '#kernel';
import { decodeBase64, encodeBase64 } from './base64.js';
import { keyFingerprint, verifyEd25519, type Signer, type VerifierKey } from './verifier-key.js';

/** A DSSE envelope (secure-systems-lab/dsse v1.0.2), as it stands in JSON. */
export interface DsseEnvelope {
  readonly payloadType: string;
  /** base64 */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

export interface OpenedEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  /** At least one; one for each key. */
  readonly signedBy: readonly VerifierKey[];
}

/** Pre-authentication encoding: what is signed. */
export function preAuthentication(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `), payload]);
}

/** `keyid` is the SHA-256 of the key's DER form: a hint, which nobody need believe. */
export async function signEnvelope(
  payloadType: string,
  payload: Uint8Array,
  signers: readonly Signer[],
): Promise<DsseEnvelope> {
  const message = preAuthentication(payloadType, payload);
  const signatures = await Promise.all(
    signers.map(async (signer) => ({
      keyid: keyFingerprint(signer.publicKey),
      sig: encodeBase64(await signer.sign(message)),
    })),
  );
  return { payloadType, payload: encodeBase64(payload), signatures };
}

/**
 * Opens an envelope that at least one of the keys has signed. `keyid` only says which key to try: it is never trusted, and signatures by
 * others are ignored.
 * @param envelope as parsed from JSON, by whomever
 * @param payloadType the one that is expected
 * @throws ENVELOPE_MALFORMED, ENVELOPE_TYPE, ENVELOPE_UNSIGNED, ENVELOPE_SIGNATURE_WRONG when a key that is named has not signed this
 */
export function verifyEnvelope(
  envelope: unknown,
  keys: readonly VerifierKey[],
  payloadType: string,
): OpenedEnvelope {
  const given = parseEnvelope(envelope);
  if (given.payloadType !== payloadType) {
    const message = `the payload is ${JSON.stringify(given.payloadType.slice(0, 100))}, not ${payloadType}`;
    throw new DomainError('integrity', 'ENVELOPE_TYPE', message);
  }
  const message = preAuthentication(payloadType, given.payload);
  const signedBy = new Map<string, VerifierKey>();
  for (const { keyid, sig } of given.signatures) {
    const named = keys.filter(({ publicKey }) => keyFingerprint(publicKey) === keyid);
    const key = (named.length > 0 ? named : keys).find(({ publicKey }) =>
      verifyEd25519(message, sig, publicKey),
    );
    if (key !== undefined) signedBy.set(keyFingerprint(key.publicKey), key);
    else if (named.length > 0)
      throw new DomainError('integrity', 'ENVELOPE_SIGNATURE_WRONG', 'the signature by a given key is wrong');
  }
  if (signedBy.size === 0)
    throw new DomainError('integrity', 'ENVELOPE_UNSIGNED', 'none of the given keys has signed it');
  return { payloadType, payload: given.payload, signedBy: [...signedBy.values()] };
}

function parseEnvelope(envelope: unknown): {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly { readonly keyid: string; readonly sig: Uint8Array }[];
} {
  if (!isRecord(envelope)) throw malformed('not an object');
  const { payloadType, payload, signatures } = envelope;
  const bytes = typeof payload === 'string' ? decodeBase64(payload) : undefined;
  if (typeof payloadType !== 'string' || bytes === undefined) throw malformed('payloadType or payload');
  if (!Array.isArray(signatures) || signatures.length > 100) throw malformed('signatures');
  return {
    payloadType,
    payload: bytes,
    signatures: signatures.map((each: unknown) => {
      const { keyid = '', sig } = isRecord(each) ? each : {};
      const decoded = typeof sig === 'string' ? decodeBase64(sig) : undefined;
      if (typeof keyid !== 'string' || decoded === undefined) throw malformed('a signature');
      return { keyid, sig: decoded };
    }),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const malformed = (what: string): DomainError =>
  new DomainError('integrity', 'ENVELOPE_MALFORMED', `not a DSSE envelope: ${what}`);
