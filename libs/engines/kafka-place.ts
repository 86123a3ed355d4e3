import { assertNoProblems, type Problem } from '#kernel';

/** Brokers to begin with, and how to speak with them. */
export interface KafkaPlace {
  /** `host:port`. */
  readonly brokers: readonly string[];
  readonly ssl?: boolean;
  readonly sasl?: Sasl<Mechanism>;
  /** Of topics that do not exist yet. */
  readonly partitions?: number;
  readonly replicas?: number;
}

const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
type Mechanism = (typeof mechanisms)[number];
type Sasl<Each extends Mechanism> = Each extends Mechanism
  ? { readonly mechanism: Each; readonly username: string; readonly password: string }
  : never;

const form = 'kafka://[user:password@]host:port,…[?tls=true&sasl=scram-sha-512&partitions=8&replicas=3]';
const shape =
  /^(?:kafka:)?\/\/(?:(?<user>[^:@/]+):(?<password>[^@/]*)@)?(?<brokers>[^@/?]+)\/?(?:\?(?<query>.*))?$/;
const problem = (message: string): Problem => ({
  code: 'KAFKA_PLACE_INVALID',
  field: 'HOLDFAST_MESSAGE_BUS',
  message,
  fix: `write ${form}`,
});

const options: Readonly<Record<string, readonly [RegExp, string]>> = {
  tls: [/^(true|false)$/, 'tls is true or false'],
  sasl: [new RegExp(`^(${mechanisms.join('|')})$`), `sasl is one of ${mechanisms.join(', ')}`],
  partitions: [/^[1-9]\d{0,3}$/, 'partitions is a number from 1 to 9999'],
  replicas: [/^[1-9]\d?$/, 'replicas is a number from 1 to 99'],
};

/** As it was before it was percent-encoded; undefined for what nobody encodes so. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function problemsOf(query: URLSearchParams, user: string | undefined): readonly Problem[] {
  const found = [...query].flatMap(([name, value]) => {
    const [pattern, message] = (Object.hasOwn(options, name) ? options[name] : undefined) ?? [];
    if (pattern === undefined) return [problem(`there is no option ${name.slice(0, 40)}`)];
    return pattern.test(value) ? [] : [problem(message ?? '')];
  });
  return query.has('sasl') && user === undefined ? [...found, problem('sasl needs user:password@')] : found;
}

/**
 * Takes `kafka://…` apart, with or without `kafka:`; user and password may be percent-encoded.
 * @throws INVALID_INPUT with every problem, showing nothing of what could be a secret
 */
export function kafkaPlace(text: string): KafkaPlace {
  const { user, password = '', brokers = '', query = '' } = shape.exec(text)?.groups ?? {};
  const given = new URLSearchParams(query);
  const [username, plain] = [decoded(user ?? ''), decoded(password)];
  assertNoProblems([
    ...(brokers.split(',').every((broker) => /:\d{1,5}$/.test(broker))
      ? []
      : [problem('no list of brokers')]),
    ...(username === undefined || plain === undefined
      ? [problem('a % in user or password is written %25')]
      : []),
    ...problemsOf(given, user),
  ]);
  const number = (name: string) => (given.has(name) ? { [name]: Number(given.get(name)) } : {});
  const mechanism = given.get('sasl') ?? 'scram-sha-512';
  return {
    brokers: brokers.split(','),
    ...(given.get('tls') === 'true' ? { ssl: true } : {}),
    ...(user === undefined ? {} : { sasl: { mechanism, username, password: plain } as Sasl<Mechanism> }),
    ...number('partitions'),
    ...number('replicas'),
  };
}
