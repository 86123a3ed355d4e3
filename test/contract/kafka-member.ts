// A process with one member of a group, to be killed: says what it was given, and stays with the message `hold`.
import { openKafkaBus } from '#message-bus/kafka';

const [broker = '', topic = '', group = ''] = process.argv.slice(2);
const bus = await openKafkaBus({ brokers: [broker], sessionTimeoutMs: 6000 });
const say = (line: string) => process.stdout.write(`${line}\n`);
const reader = bus.subscribe({ topics: [topic], group }, async ({ value }) => {
  const text = new TextDecoder().decode(value);
  say(`given ${text}`);
  if (text === 'hold') await new Promise(() => setInterval(() => {}, 1000));
});
await reader.ready;
say('ready');
