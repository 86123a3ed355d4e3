import { join } from 'node:path';
import { answersTcp } from '../answers.mjs';
import { versionOf } from '../jars.mjs';
import { onJava } from '../java.mjs';

/** `{ping: 1, $db: 'admin'}` as OP_MSG. */
const ping = Buffer.from(
  '33000000 01000000 00000000 dd070000 00000000 00 1e000000 1070696e670001000000 0224646200 06000000 61646d696e00 00'.replaceAll(
    ' ',
    '',
  ),
  'hex',
);

/** Enough for all tests; with no room left it does nothing but look for some. */
const heapMb = () => Number(process.env.HOLDFAST_TEST_MONGODB_HEAP_MB ?? 512);

/** Speaks MongoDB's protocol; has no transactions and no change streams. */
export const mongodb = {
  name: 'mongodb',
  variable: 'HOLDFAST_TEST_MONGODB',
  title: `mongo-java-server ${versionOf('mongodb', 'mongo-java-server-core')} (MongoDB 7.0 wire protocol)`,
  kind: 'compatible',
  url: (port) => `mongodb://127.0.0.1:${port}`,
  answers: (port) => answersTcp(port, ping),
  container: { service: 'mongodb', port: 27017 },
  command: ({ dir, port, durable }) =>
    onJava('mongodb', { heapMb: heapMb(), dir }, [
      ...['MongoServer', `${port}`],
      ...(durable ? [join(dir, 'data.mv')] : []),
    ]),
};
