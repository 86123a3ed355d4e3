import type { ChannelOptions } from '@grpc/grpc-js';
import { DomainError } from '#kernel';

/** Where to connect, and how to choose among several. */
export interface Target {
  readonly target: string;
  readonly options: ChannelOptions;
}

/** One of them at random, and another when it is gone: what is said to one instance after another is heard by one. */
const stayWithOne = JSON.stringify({ loadBalancingConfig: [{ pick_first: { shuffleAddressList: true } }] });

const ipv4 = /^\d{1,3}(\.\d{1,3}){3}:\d{1,5}$/;
const ipv6 = /^\[[0-9a-f:]+\]:\d{1,5}$/i;

/**
 * `host:port`, or several instances of one service as `127.0.0.1:4653,127.0.0.1:4654`: then numbers, of one kind, since a name may stand
 * for any number of instances by itself.
 * @throws ADDRESS_INVALID
 */
export function targetOf(address: string): Target {
  if (!address.includes(',')) return { target: address, options: {} };
  const each = address.split(',').map((one) => one.trim().replace(/^localhost:/, '127.0.0.1:'));
  const scheme = each.every((one) => ipv4.test(one))
    ? 'ipv4'
    : each.every((one) => ipv6.test(one))
      ? 'ipv6'
      : '';
  if (scheme === '') {
    const message = `${address}: several addresses are numbers, all IPv4 or all IPv6, such as 127.0.0.1:4653,127.0.0.1:4654; a name may stand for several by itself`;
    throw new DomainError('invalid', 'ADDRESS_INVALID', message);
  }
  return { target: `${scheme}:${each.join(',')}`, options: { 'grpc.service_config': stayWithOne } };
}
