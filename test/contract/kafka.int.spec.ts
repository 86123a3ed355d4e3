import { openKafkaBus } from '#message-bus/kafka';
import { messageBusContract } from '#message-bus/testing';
import { sharedServer } from '../support/servers/index.js';

messageBusContract('kafka', async () => {
  const options = { brokers: [sharedServer('kafka')], partitions: 4 };
  const opened = [await openKafkaBus(options)];
  return {
    bus: opened[0]!,
    async connect() {
      const bus = await openKafkaBus(options);
      opened.push(bus);
      return bus;
    },
    async dispose() {
      await Promise.all(opened.map((bus) => bus.close()));
    },
  };
});
