import { join } from 'node:path';
import { answersTcp } from '../answers.mjs';
import { classPath, versionOf } from '../jars.mjs';
import { javaArgs } from '../java-args.mjs';

/** Speaks MongoDB's protocol; has no transactions and no change streams. */
export const mongodb = {
  name: 'mongodb',
  variable: 'HOLDFAST_TEST_MONGODB',
  title: `mongo-java-server ${versionOf('mongodb', 'mongo-java-server-core')} (MongoDB 7.0 wire protocol)`,
  kind: 'compatible',
  url: (port) => `mongodb://127.0.0.1:${port}`,
  answers: (port) => answersTcp(port),
  async command({ dir, port, durable }) {
    const args = ['-cp', await classPath('mongodb'), 'EndsWithParent', 'MongoServer', `${port}`];
    return { command: 'java', args: [...javaArgs(512), ...args, ...(durable ? [join(dir, 'data.mv')] : [])] };
  },
};
