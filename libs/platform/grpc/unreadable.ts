import type { ServiceDefinition } from '#rpc';
import { DomainError } from '#kernel';

/** A generated method, its server's side included. */
type Method = ServiceDefinition[string] & { readonly requestDeserialize?: (bytes: Buffer) => unknown };

/** What stands in place of a request whose bytes are no such message. */
export class Unreadable {
  constructor(readonly error: DomainError) {}
}

/**
 * A method whose requests are always read: grpc-js would answer INTERNAL to bytes that are no message, as if the fault were
 * ours, uncounted and without details. Who reads a stream of them looks at each.
 */
export function readable(method: Method): Method {
  const { path, requestDeserialize: read } = method;
  if (read === undefined) return method;
  const requestDeserialize = (bytes: Buffer): unknown => {
    try {
      return read(bytes);
    } catch (cause) {
      return new Unreadable(unreadable(path, cause));
    }
  };
  return { ...method, requestDeserialize };
}

function unreadable(path: string, cause: unknown): DomainError {
  const message = `the bytes are no request of ${path.slice(1)} as proto/ has it: ${(cause as Error).message.slice(0, 120)}`;
  return new DomainError('invalid', 'MESSAGE_UNREADABLE', `${message}; make the client from that proto/`, {
    cause,
  });
}
