import { flushCompileCache } from 'node:module';
import { formatProblem, isDomainError } from '#kernel';
import { startStandalone } from './start-standalone.js';

/** Why it did not start, as one line for whoever started it. */
function refusal(error: unknown): { readonly kind: string; readonly code: string; readonly message: string } {
  if (!isDomainError(error)) return { kind: 'bug', code: 'INTERNAL', message: String(error) };
  const { kind, code, message, problems } = error;
  const every = problems.length > 1 ? [message, ...problems.map(formatProblem)] : [message];
  return { kind, code, message: every.join('\n') };
}

// Whoever started it may be gone; that must not end it in the middle of its own end.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

try {
  const record = await startStandalone(process.env);
  process.stdout.write(`${JSON.stringify(record)}\n`);
  flushCompileCache();
} catch (error) {
  if (!isDomainError(error) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.stderr.write(`${JSON.stringify(refusal(error))}\n`);
  process.exit(isDomainError(error) && error.kind === 'invalid' ? 2 : 1);
}
