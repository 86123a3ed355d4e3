import { open } from 'node:fs/promises';

/** What is under this path now is on the disk afterwards: a file's bytes, the names in a folder. @throws what the file system says */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
