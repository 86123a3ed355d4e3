import { isDomainError } from '#kernel';
import { migrate, type Migration } from './migrate.js';

/** Told as JSON lines on stdout, what went wrong as one on stderr: for whoever started it. */
const say = (word: object): void => void process.stdout.write(`${JSON.stringify(word)}\n`);

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort());

try {
  const asked = JSON.parse(process.argv[2] ?? '{}') as Migration;
  say({ result: await migrate(asked, ending.signal, (progress) => say({ progress })) });
} catch (error) {
  const { kind, code, message, problems } = isDomainError(error)
    ? error
    : { kind: 'bug', code: 'INTERNAL', message: String(error), problems: [] };
  process.stderr.write(`${JSON.stringify({ kind, code, message, problems })}\n`);
  process.exitCode = 1;
}
