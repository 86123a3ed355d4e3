import { assertNoProblems, DomainError, type Problem } from '#kernel';
import type { ServiceName } from '#rpc';

/** Services that a command talks to; executors are reached through the scheduler. */
const services = ['registry', 'scheduler', 'provenance', 'auditor'] as const;

/** One address for all services, or one for each. */
export type Addresses = string | Readonly<Record<ServiceName, string>>;

/**
 * Where the services answer, as far as anybody said: `--server`, else HOLDFAST_REGISTRY_ADDRESS and so on, each falling back on HOLDFAST_SERVER.
 * @throws ADDRESS_MISSING naming each service that has none, where others have
 * @throws ADDRESS_INVALID for each that is no HOST:PORT; an option that is empty is a mistake, a variable that is empty is not set
 */
export function addressesOf(server: string | undefined, env: NodeJS.ProcessEnv): Addresses | undefined {
  const common = server ?? env['HOLDFAST_SERVER'];
  const named = services.map((service) => [service, env[variableOf(service)]] as const);
  const given: readonly (readonly [string, string | undefined])[] =
    server === undefined
      ? [
          ['HOLDFAST_SERVER', common],
          ...named.map(([service, address]) => [variableOf(service), address] as const),
        ]
      : [['--server', server]];
  const problems = given.flatMap(([field, address]) =>
    address === undefined || (address === '' && server === undefined) ? [] : addressProblems(field, address),
  );
  assertNoProblems(problems, 'ADDRESS_INVALID');
  if (server !== undefined || named.every(([, address]) => !address)) return common || undefined;
  const missing = named.filter(([, address]) => !address && !common).map(([service]) => variableOf(service));
  if (missing.length > 0) {
    const message = `${missing.join(', ')}: where does it answer? HOST:PORT, or HOLDFAST_SERVER for all that have no address of their own`;
    throw new DomainError('invalid', 'ADDRESS_MISSING', message);
  }
  const each = named.map(([service, address]) => [service, address || (common as string)]);
  const of = Object.fromEntries(each) as Record<(typeof services)[number], string>;
  return { ...of, executor: of.scheduler };
}

function addressProblems(field: string, given: string): Problem[] {
  const fits = each(given).every((address) => {
    const port = /^(?:\[[0-9a-f:.]+\]|[^\s:/,]+):(\d{1,5})$/i.exec(address)?.[1];
    return port !== undefined && Number(port) <= 65_535;
  });
  const problem = { code: 'ADDRESS_INVALID', field, message: 'is HOST:PORT, or several with commas between' };
  return fits ? [] : [{ ...problem, found: given.slice(0, 120), fix: 'write it like 127.0.0.1:4653' }];
}

const variableOf = (service: string): string => `HOLDFAST_${service.toUpperCase()}_ADDRESS`;

/** As a person may read it. */
export const addressText = (addresses: Addresses): string =>
  typeof addresses === 'string'
    ? addresses
    : services.map((service) => `${service} ${addresses[service]}`).join(', ');

/** Of several instances, as `#rpc` reads them. */
const each = (addresses: string): readonly string[] => addresses.split(/, */);

/** What stands on another machine cannot be seen from here. */
export function isElsewhere(addresses: Addresses | undefined): boolean {
  if (addresses === undefined) return false;
  const all = typeof addresses === 'string' ? [addresses] : Object.values(addresses);
  return all.flatMap(each).some((address) => !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\]):\d+$/.test(address));
}
