import { open, rm, type FileHandle } from 'node:fs/promises';
import { DomainError } from '#kernel';
import { toDomainError } from './errors.js';

/** @throws PATH_TAKEN and what the bytes end with; leaves nothing at the path then */
export async function writeOut(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  executable: boolean,
): Promise<void> {
  const file = await open(path, 'wx').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw toDomainError(error);
    throw new DomainError('already-exists', 'PATH_TAKEN', `${path} is there already`, { cause: error });
  });
  try {
    for await (const piece of bytes) await writeAll(file, piece);
    await file.chmod(executable ? 0o755 : 0o644);
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined);
    throw toDomainError(error);
  } finally {
    await file.close();
  }
}

/** Writes all of it, however often the system takes only a part. */
export async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    offset += (await file.write(bytes, offset, bytes.length - offset)).bytesWritten;
  }
}
