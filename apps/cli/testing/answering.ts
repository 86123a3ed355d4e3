import { systemClock } from '#kernel';
import type { Connection } from '#rpc';
import type { Format } from '../output/format.js';
import type { Session } from '../session.js';

/** A session whose services answer as given. */
export function answering(services: object, format: Format = 'table') {
  let [out, notes] = ['', ''];
  const session = {
    terminal: {
      colour: false,
      interactive: false,
      width: 100,
      out: (text: string) => void (out += `${text}\n`),
      drained: () => Promise.resolve(),
      note: (text: string) => void (notes += `${text}\n`),
    },
    format,
    quiet: false,
    namespace: 'default',
    namespaceFor: () => 'default',
    clock: systemClock,
    signal: new AbortController().signal,
    connection: () => Promise.resolve(services as Connection),
  } as unknown as Session;
  return { session, said: () => ({ out, notes }) };
}

export async function* stream<T>(...messages: readonly T[]): AsyncGenerator<T, void> {
  for (const message of messages) yield await Promise.resolve(message);
}
