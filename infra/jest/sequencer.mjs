// What takes longest first, so that no worker is left alone with it at the end. A spec's name says its cost.
import { statSync } from 'node:fs';
import Sequencer from '@jest/test-sequencer';

const dearest = [
  /kill-points\.fault\.spec\.js$/,
  /\.fault\.spec\.js$/,
  // These wait for servers that are away.
  /[\\/]contract[\\/].*\.int\.spec\.js$/,
  /\.e2e\.spec\.js$/,
  /\.int\.spec\.js$/,
  /\.spec\.js$/,
];
const costOf = ({ path }) => dearest.findIndex((pattern) => pattern.test(path));
const bytesOf = ({ path }) => statSync(path).size;

export default class extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => costOf(a) - costOf(b) || bytesOf(b) - bytesOf(a));
  }
}
