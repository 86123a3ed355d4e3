import { join } from 'node:path';
import { answersHttp } from '../answers.mjs';
import { versionOf } from '../jars.mjs';
import { onJava } from '../java.mjs';

/** It takes any credentials. */
export const s3 = {
  name: 's3',
  variable: 'HOLDFAST_TEST_S3',
  title: `S3Mock ${versionOf('s3', 's3mock')} (S3 protocol)`,
  kind: 'compatible',
  url: (port) => `http://holdfast:holdfast-secret@127.0.0.1:${port}`,
  answers: (port) => answersHttp(`http://127.0.0.1:${port}/`),
  container: {
    service: 's3',
    port: 9000,
    env: () => ({ MINIO_ROOT_USER: 'holdfast', MINIO_ROOT_PASSWORD: 'holdfast-secret' }),
    args: ['server', '/data'],
  },
  async command({ dir, port }) {
    // The first port would be for TLS.
    const settings = [
      '--server.shutdown=graceful',
      '--server.port=0',
      '--server.ssl.enabled=false',
      `--com.adobe.testing.s3mock.http-port=${port}`,
    ];
    return {
      ...(await onJava('s3', { heapMb: 384, dir }, ['S3Server', ...settings])),
      env: {
        COM_ADOBE_TESTING_S3MOCK_STORE_ROOT: join(dir, 'data'),
        COM_ADOBE_TESTING_S3MOCK_STORE_RETAINFILESONEXIT: 'true',
        LOGGING_LEVEL_ROOT: 'WARN',
      },
    };
  },
};
