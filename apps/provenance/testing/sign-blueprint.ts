import { generateKeyPairSync, sign } from 'node:crypto';
import { digestBytes, encodeBase64, nameId } from '#evidence';
import { signatureCodec } from '#contracts/stored';
import { blueprintStream } from '#domain/blueprint';
import { signatureStream, signedBytes, type Meaning, type SignatureStatement } from '#domain/signature';
import { appendEvents, at, type Place } from './written-runs.js';

/** A person signs the newest version of a blueprint, as the auditor would record it; their pseudonym. */
export async function signBlueprint(place: Place, namespace: string, meaning: Meaning, person: string) {
  const stream = blueprintStream(namespace, 'species');
  const declared = (await Array.fromAsync(place.eventStore.readStream(stream))).flat().at(-1);
  if (declared === undefined) throw new Error('there is nothing to sign');
  const signer = nameId('actor', person);
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const statement: SignatureStatement = {
    ...{ v: 1, meaning, subject: stream, revision: String(declared.revision), signer, signedAt: at },
    ...{ eventId: declared.eventId, type: declared.type },
    bytesSha256: digestBytes(declared.bytes).slice('sha256:'.length),
  };
  const key = encodeBase64(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  const signature = encodeBase64(sign(null, signedBytes(statement), privateKey));
  await appendEvents(
    place,
    signatureCodec,
    signatureStream(signer),
    0,
    [
      { type: 'SignerEnrolled', signer, key, at },
      { type: 'Signed', statement, key, signature, at },
    ],
    { actor: { id: signer, type: 'person', roles: [] } },
  );
  return signer;
}
