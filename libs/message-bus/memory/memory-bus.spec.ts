import { messageBusContract } from '../testing/index.js';
import { openMemoryBus } from './index.js';

messageBusContract('memory', async () => {
  const bus = openMemoryBus();
  return { bus, connect: async () => bus, dispose: () => bus.close() };
});
