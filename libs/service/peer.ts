import { nameId } from '#evidence';
import type { Tracer } from '#observability';
import { connect, type Connection } from '#rpc';

/** Another service as this one sees it. */
export interface Peer {
  /** Connects when it is first asked for; a call then waits for the address, if that is not known yet. */
  connection(): Promise<Connection>;
  close(): void;
}

export interface PeerOptions {
  /** Name of the service that calls, for its pseudonym: `scheduler`. */
  readonly caller: string;
  /** `executor` for executors; default `service`. */
  readonly type?: 'service' | 'executor';
  /** Pseudonym instead of the service's own. */
  readonly actor?: string;
  /** `host:port`; in one process with others it is known only when the port is bound. */
  readonly address: string | Promise<string>;
  /** Says what a call belongs to. */
  readonly tracer: Tracer;
}

/** The pseudonym under which a service acts. */
const actorOf = (service: string): string => nameId('service', service);

export function peer({
  caller,
  type = 'service',
  actor = actorOf(caller),
  address,
  tracer,
}: PeerOptions): Peer {
  const metadata = { 'holdfast-actor': actor, 'holdfast-actor-type': type };
  let connecting: Promise<Connection> | undefined;
  let connected: Connection | undefined;
  let closed = false;
  const open = async () => {
    connected = connect(await address, { defaults: { metadata }, passOn: () => tracer.passedOn() });
    if (closed) connected.close();
    return connected;
  };
  return {
    connection: () => (connecting ??= open()),
    close() {
      closed = true;
      connected?.close();
    },
  };
}
