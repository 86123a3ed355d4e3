import type { Instruments, Meter } from '#observability';
import type { MessageBus } from '#message-bus';

/** The bus, with its dead letters counted. */
export const countingDeadLetters = (bus: MessageBus, meter: Meter): MessageBus => ({
  ...bus,
  subscribe: (options, handle) =>
    bus.subscribe(
      { ...options, onDeadLetter: (topic) => meter.count('holdfast_dead_letters_total', { topic }) },
      handle,
    ),
});

/** The messages of a blob that comes in or goes out, with their bytes counted. */
export function countingBytes<Message extends { readonly data: Uint8Array }>(
  messages: AsyncIterable<Message>,
  { meter }: Instruments,
  direction: 'in' | 'out',
): AsyncIterable<Message> {
  return meter.isRead ? counted(messages, meter, direction) : messages;
}

async function* counted<Message extends { readonly data: Uint8Array }>(
  messages: AsyncIterable<Message>,
  meter: Meter,
  direction: string,
): AsyncGenerator<Message, void> {
  for await (const message of messages) {
    meter.count('holdfast_blob_bytes_total', { direction }, message.data.length);
    yield message;
  }
}
