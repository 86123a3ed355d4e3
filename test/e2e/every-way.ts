import { startOnEngines } from '../support/start-on-engines.js';
import type { StartOptions, System } from '../support/system.js';
import { bothWays, ways, type Way } from './both-ways.js';

const onEngines: Way = ['each a process, on EventStoreDB, Kafka, MongoDB and S3', startOnEngines];

/** {@link bothWays}, and a third one: real engines. */
export const everyWay = (
  name: string,
  suite: (system: () => System) => void,
  options: StartOptions = {},
): void => bothWays(name, suite, options, [...ways, onEngines]);
