import { open } from 'node:fs/promises';

/** What a file or a pipe has, which may be one that never ends. @throws an Error that says why not */
export async function readText(path: string, mostBytes: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(mostBytes + 1);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
      if (bytesRead === 0) return bytes.toString('utf8', 0, length);
      length += bytesRead;
    }
    throw new Error(`has more than ${mostBytes} bytes`);
  } finally {
    await file.close();
  }
}
