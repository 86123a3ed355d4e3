import type { auditor as proto } from '#contracts';

/** A message is at most 4 MiB, and one of a few bytes costs as much as a large one. */
const [smallest, largest] = [128 * 1024, 1024 * 1024];

/** The pieces of a file as messages, those that are large enough as they are, and then what the source returns. */
export async function* chunks<Result>(
  source: AsyncGenerator<Uint8Array, Result>,
): AsyncGenerator<proto.ExportAuditResponse, Result> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  function* messages(): Generator<proto.ExportAuditResponse> {
    const [first] = held;
    const whole =
      first !== undefined && held.length === 1
        ? Buffer.from(first.buffer, first.byteOffset, first.length)
        : Buffer.concat(held);
    for (let at = 0; at < whole.length; at += largest) yield { chunk: whole.subarray(at, at + largest) };
    [held, bytes] = [[], 0];
  }
  try {
    for (;;) {
      const { done, value } = await source.next();
      if (done) {
        yield* messages();
        return value;
      }
      held.push(value);
      bytes += value.length;
      if (bytes >= smallest) yield* messages();
    }
  } finally {
    await source.return(undefined as never);
  }
}
