import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { answersTcp } from '../answers.mjs';
import { inRoot, node26 } from '../../scripts/toolchain.mjs';

const inSupport = (file) => inRoot('dist/test/support/eventstoredb', file);
const watchdog = pathToFileURL(inRoot('infra/servers/ends-with-parent.mjs')).href;

const emptySettings = '\0\0\0\x04\0\0\0\0\0';
const http2Preface = Buffer.from(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${emptySettings}`, 'latin1');

/** Our own, from `test/support/eventstoredb`; it runs what was built. */
export const eventstoredb = {
  name: 'eventstoredb',
  variable: 'HOLDFAST_TEST_EVENTSTOREDB',
  title: 'test/support/eventstoredb (EventStoreDB 24.10 protocol)',
  kind: 'compatible',
  url: (port) => `esdb://127.0.0.1:${port}?tls=false`,
  answers: (port) => answersTcp(port, http2Preface),
  container: {
    service: 'eventstoredb',
    port: 2113,
    env: () => ({ EVENTSTORE_INSECURE: 'true', EVENTSTORE_CLUSTER_SIZE: '1', EVENTSTORE_MEM_DB: 'false' }),
  },
  async command({ dir, port }) {
    const args = [
      '--import',
      watchdog,
      inSupport('main.js'),
      '--dir',
      join(dir, 'data'),
      '--port',
      `${port}`,
    ];
    return { command: node26, args };
  },
};
