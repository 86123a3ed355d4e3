import type { Digest, Json } from '#kernel';
import { parseJson } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import { checkDocument, parseLock, type CheckedBlueprint, type Lock } from '#domain/blueprint';

/** A declared version as this release reads it: with problems when it was declared under one that asked for less. */
export interface Declared extends Pick<CheckedBlueprint, 'blueprint' | 'problems'> {
  readonly document: Json;
  readonly lock: Lock;
}

const mostRemembered = 100;
const remembered = new Map<string, Declared>();

/** Named by the digests of its bytes, so that what was read and checked once never changes. */
export async function readDeclared(
  artifacts: ArtifactStore,
  { document, lock }: { readonly document: Digest; readonly lock: Digest },
): Promise<Declared> {
  const name = `${document} ${lock}`;
  const declared = remembered.get(name) ?? (await read(artifacts, document, lock));
  remembered.delete(name);
  remembered.set(name, declared);
  const [oldest] = remembered.keys();
  if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest);
  return declared;
}

async function read(
  artifacts: ArtifactStore,
  ...digests: [document: Digest, lock: Digest]
): Promise<Declared> {
  const [document, lock] = await Promise.all(digests.map((digest) => artifacts.read(digest)));
  const parsed = parseJson(document ?? new Uint8Array());
  return { ...checkDocument(parsed), document: parsed, lock: parseLock(lock ?? new Uint8Array()) };
}
