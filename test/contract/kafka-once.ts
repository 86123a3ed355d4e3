// A process that uses all of the bus, closes it, and says when: what is left then keeps it alive.
import { openKafkaBus } from '#message-bus/kafka';

process.on('warning', (warning) => process.stdout.write(`warning ${warning.name}\n`));
const [broker = '', topic = ''] = process.argv.slice(2);
const bus = await openKafkaBus({ brokers: [broker] });
const got = Promise.withResolvers<void>();
const readers = [
  bus.subscribe({ topics: [topic], group: topic, maxAttempts: 1 }, () => {
    throw new Error('to the dead letters');
  }),
  bus.subscribe({ topics: [`${topic}.dead-letters`] }, () => got.resolve()),
];
await Promise.all(readers.map(({ ready }) => ready));
await bus.publish(topic, [{ key: 'k', headers: {}, value: new Uint8Array(1) }]);
await got.promise;
await bus.probe();
await bus.close();
process.stdout.write('closed\n');
