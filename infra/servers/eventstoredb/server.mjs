import { pathToFileURL } from 'node:url';
import { answersTcp } from '../answers.mjs';
import { inRoot, node26 } from '../../scripts/toolchain.mjs';

const inSupport = (file) => inRoot('dist/test/support/eventstoredb', file);
const watchdog = pathToFileURL(inRoot('infra/servers/ends-with-parent.mjs')).href;

/** Our own, from `test/support/eventstoredb`; it runs what was built. */
export const eventstoredb = {
  name: 'eventstoredb',
  variable: 'HOLDFAST_TEST_EVENTSTOREDB',
  title: 'test/support/eventstoredb (EventStoreDB 23.10 gRPC protocol)',
  kind: 'compatible',
  url: (port) => `esdb://127.0.0.1:${port}?tls=false`,
  answers: (port) => answersTcp(port),
  async command({ dir, port }) {
    const args = ['--import', watchdog, inSupport('main.js'), '--dir', dir, '--port', `${port}`];
    return { command: node26, args };
  },
};
