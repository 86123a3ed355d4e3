import { invalid } from '../checks.js';

/** Everything that the client reads, as its documentation writes it; what has no meaning here is not taken. */
const known = [
  'tls',
  'tlsCAFile',
  'userCertFile',
  'userKeyFile',
  'connectionName',
  'nodePreference',
  'maxDiscoverAttempts',
  'discoveryInterval',
  'gossipTimeout',
  'keepAliveInterval',
  'keepAliveTimeout',
];

const shape =
  /^esdb(?:\+discover)?:\/\/(?:[^:@/?#,]+:[^:@/?#,]+@)?(?<hosts>[^@/?#]+)\/?(?:\?(?<options>[^?#]*))?$/;
const host = /^(?:[A-Za-z0-9._-]+)(?::(?<port>\d{1,5}))?$/;

const wrong = (what: string) =>
  invalid(
    'CONNECTION_STRING',
    `HOLDFAST_EVENT_STORE: ${what}; expected esdb://[user:password@]host:2113[,host:2113][?tls=true&…] or esdb+discover://…`,
  );
const flat = (key: string) => key.toLowerCase().replace(/[_-]/g, '');

/**
 * The client prints a connection string that it does not like, password included, so it gets only those that it likes. Messages from here
 * name what is wrong and show nothing of the string.
 * @throws CONNECTION_STRING (invalid)
 */
export function checkConnectionString(connection: string): void {
  if (typeof connection !== 'string') throw wrong('it is no text');
  const groups = shape.exec(connection)?.groups;
  if (groups === undefined) throw wrong('this is not how EventStoreDB writes connections');
  for (const one of (groups['hosts'] ?? '').split(',')) {
    const found = host.exec(one);
    if (found === null) throw wrong('a host is not written as name:port');
    if (Number(found.groups?.['port'] ?? 2113) > 65_535) throw wrong('a port is larger than 65535');
  }
  for (const option of groups['options'] === undefined ? [] : groups['options'].split('&')) {
    const [key = '', value = '', ...rest] = option.split('=');
    if (value === '' || rest.length > 0) throw wrong('options are written as ?name=value&name=value');
    const name = known.find((candidate) => flat(candidate) === flat(key));
    if (name === undefined) throw wrong(`there is an option that is none of ${known.join(', ')}`);
    checkValue(name, value);
  }
}

function checkValue(name: string, value: string): void {
  if (name === 'tls' && value !== 'true' && value !== 'false') throw wrong('tls is true or false');
  if (name === 'nodePreference' && value !== 'leader')
    throw wrong('nodePreference is leader: what others say may be old');
  if (/Attempts|Interval|Timeout/.test(name) && !/^\d{1,9}$/.test(value))
    throw wrong(`${name} is a whole number`);
}
