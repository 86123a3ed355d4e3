import type { StreamId } from '#kernel';
import type { Provenance } from './provenance.js';

/** Why a reactor could not handle an event of a stream, if it could not. */
export async function putAside(
  { runtime }: Provenance,
  reactor: string,
  stream: StreamId,
): Promise<string | undefined> {
  const running = runtime.reactors().find(({ name }) => name === reactor);
  const parked = (await running?.parked()) ?? [];
  return parked.find((event) => event.stream === stream)?.reason;
}
