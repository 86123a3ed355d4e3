import { spawn } from 'node:child_process';
import { DomainError } from '#kernel';
import { parseVerifierKeys } from '#evidence';
import type { SigningKey } from './signing-key.js';

/** How long the program may take, and how much it may say. */
const withinMs = 10_000;
const mostBytes = 16 * 1024;

/**
 * A key inside a key service, behind a program: `PROGRAM … public-key` prints the public key, PEM or verifier key; `PROGRAM … sign` reads
 * what is to be signed from standard input and prints the Ed25519 signature in base64. No shell is involved.
 * @param line the program and its arguments, separated by spaces
 * @throws SIGNER_FAILED, SIGNING_KEY_INVALID
 */
export async function commandKey(line: string): Promise<SigningKey> {
  const [program = '', ...given] = line.split(' ').filter((part) => part !== '');
  const ask = (what: string, input?: Uint8Array) => output(program, [...given, what], input);
  const [key] = parseVerifierKeys(await ask('public-key'));
  if (key === undefined) throw failed(program, 'it gave no public key');
  return {
    publicKey: key.publicKey,
    async sign(bytes) {
      const signature = Buffer.from((await ask('sign', bytes)).trim(), 'base64');
      if (signature.length !== 64) throw failed(program, 'it gave no signature of 64 bytes in base64');
      return signature;
    },
  };
}

/** What it says on standard error stays there: it is the operator's, and might be secret. */
function output(
  program: string,
  args: readonly string[],
  input: Uint8Array = new Uint8Array(),
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: withinMs,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    let length = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > mostBytes) child.kill('SIGKILL');
    });
    child.once('error', (error) =>
      reject(failed(program, `it cannot be started (${String((error as NodeJS.ErrnoException).code)})`)),
    );
    child.once('close', (code, signal) => {
      if (code === 0 && length <= mostBytes) return resolve(Buffer.concat(chunks).toString());
      reject(
        failed(
          program,
          code === null
            ? `it was ended by ${signal} after at most ${withinMs / 1000} s`
            : `it ended with ${code}`,
        ),
      );
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

const failed = (program: string, why: string): DomainError =>
  new DomainError('unavailable', 'SIGNER_FAILED', `the program ${program}, which signs, failed: ${why}`);
