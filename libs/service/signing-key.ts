import type { Clock } from '#kernel';
import { formatVerifierKey, type Signer } from '#evidence';

/** A key may be in a service or on a disk that does not answer, which keeps nobody from the rest of a diagnosis. */
const patienceMs = 1_000;

/** Undefined for none, and for one that cannot be opened, or not soon enough. */
export async function verifierKeyOf(
  opening: Promise<Pick<Signer, 'keyName' | 'publicKey'>> | undefined,
  clock: Clock,
): Promise<string | undefined> {
  const late = Promise.withResolvers<undefined>();
  const stop = clock.after(patienceMs, () => late.resolve(undefined));
  const signer = await Promise.race([opening?.catch(() => undefined), late.promise]);
  stop();
  return signer && formatVerifierKey(signer.keyName, signer.publicKey);
}
