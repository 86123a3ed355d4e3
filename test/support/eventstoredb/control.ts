import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  readonly connections: number;
  readonly subscriptions: number;
  /** Calls that faults still wait for. */
  readonly waiting: number;
  /** Calls that were left without an answer since the start. */
  readonly hung: number;
}

/** `POST /<fault>?times=1` asks for a fault, `GET /` tells the state; both answer with the state. Another name is a 404 that lists the faults. */
export async function openControl(
  faults: Faults,
  listener: Listener,
): Promise<{ url: string; close(): void }> {
  const actions: Readonly<Record<string, () => void>> = {
    '': () => {},
    clear: () => {
      faults.clear();
      listener.refuse(false);
    },
    'connections-cut': () => listener.cut(),
    'connections-refused': () => listener.refuse(true),
    'connections-accepted': () => listener.refuse(false),
  };
  const act = (name: string, query: URLSearchParams): boolean => {
    const number = (key: string, otherwise: number): number => Number(query.get(key) ?? otherwise);
    const action = actions[name];
    if (action !== undefined) action();
    else if (subscriptionFaults.includes(name as SubscriptionFault)) faults.befall(name as SubscriptionFault);
    else if (callFaults.includes(name as CallFault))
      faults.add(name as CallFault, {
        times: number('times', 1),
        ms: number('ms', 100),
        after: number('after', 0),
        host: query.get('host') ?? '127.0.0.1',
        port: number('port', listener.port),
      });
    else return false;
    return true;
  };
  const server: Server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://control');
    const known = act(pathname.slice(1), searchParams);
    const state: ControlState = {
      connections: listener.connections,
      subscriptions: faults.subscriptions.size,
      waiting: faults.waiting,
      hung: faults.hung,
    };
    const names = [
      ...callFaults,
      ...subscriptionFaults,
      ...Object.keys(actions).filter((name) => name !== ''),
    ];
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(known ? state : { unknown: pathname, names }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
