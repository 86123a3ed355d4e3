import { createServer, type Server } from 'node:http';
import {
  callFaults,
  subscriptionFaults,
  type CallFault,
  type Faults,
  type SubscriptionFault,
} from './faults.js';
import type { Listener } from './listener.js';

/** What a test may wait for. */
export interface ControlState {
  /** Of clients. */
  readonly connections: number;
  readonly subscriptions: number;
  /** Calls that faults still wait for. */
  readonly waiting: number;
  /** Calls that were left without an answer since the start. */
  readonly hung: number;
}

const actions: Readonly<Record<string, (faults: Faults, listener: Listener) => void>> = {
  state: () => {},
  clear: (faults, listener) => {
    faults.clear();
    listener.refuse(false);
  },
  'connections-cut': (_faults, listener) => listener.cut(),
  'connections-refused': (_faults, listener) => listener.refuse(true),
  'connections-accepted': (_faults, listener) => listener.refuse(false),
};

const names = [...Object.keys(actions), ...callFaults, ...subscriptionFaults];

const isOneOf = <T extends string>(known: readonly T[], name: string): name is T =>
  (known as readonly string[]).includes(name);

/** `POST /<name>?times=1` does one of {@link names} and answers with the state; for another name it is a 404 that lists them. */
export function controlServer(faults: Faults, listener: () => Listener): Server {
  return createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://control');
    const known = act(pathname.slice(1), searchParams, faults, listener());
    const state: ControlState = {
      connections: listener().connections,
      subscriptions: faults.subscriptions.size,
      waiting: faults.waiting,
      hung: faults.hung,
    };
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(known ? state : { names }));
  });
}

/** Whether there is such a name. */
function act(name: string, query: URLSearchParams, faults: Faults, listener: Listener): boolean {
  const number = (key: string, otherwise: number): number => Number(query.get(key) ?? otherwise);
  if (isOneOf<SubscriptionFault>(subscriptionFaults, name)) faults.befall(name);
  else if (isOneOf<CallFault>(callFaults, name))
    faults.add(name, {
      times: number('times', 1),
      ms: number('ms', 100),
      after: number('after', 0),
      host: query.get('host') ?? '127.0.0.1',
      port: number('port', listener.port),
    });
  else if (actions[name] !== undefined) actions[name](faults, listener);
  else return false;
  return true;
}
