import type { DynamicModule, Type } from '@nestjs/common';
import { killAt, type Chance, type Clock, type FaultPoint } from '#kernel';
import type { Signer } from '#evidence';
import type { common } from '#contracts';
import type { Instruments } from '#observability';
import { openSharedEngines, probesOf, type SharedEngines } from '#engines';
import {
  assertWritable,
  CHANCE,
  CLOCK,
  EarlyCalls,
  followEngine,
  followReadiness,
  Health,
  INSTRUMENTS,
  LOG,
  placesOf,
  StopWork,
  type Log,
  type ServiceConfig,
} from '#platform';
import { openServiceRuntime, type EventDecoders, type ServiceRuntime } from '#runtime';
import { countingDeadLetters } from './counted.js';
import { DIAGNOSE, diagnoseEarly } from './diagnose.controller.js';
import { diagnosing, type Diagnose } from './diagnose.js';
import { patienceOf } from './patience.js';
import { verifierKeyOf } from './signing-key.js';

/** How a service is started, alone or beside others. */
export interface ServiceOptions<Config extends ServiceConfig> {
  readonly config: Config;
  readonly version: string;
  /** Absent: opened and closed here. Given: shared with other services, and closed by whoever opened them. */
  readonly shared?: SharedEngines;
  /** Where all services of this process answer; settles only when the port is bound. */
  readonly address?: Promise<string>;
  /** `point#count` at which the process is killed; for tests. */
  readonly fault?: string | undefined;
}

/** What a service is made from. */
export interface Opening<Config extends ServiceConfig> {
  readonly runtime: ServiceRuntime;
  readonly config: Config;
  readonly options: ServiceOptions<Config>;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly health: Health;
  readonly instruments: Instruments;
  /** What is to be done before the process stops answering. */
  readonly stopWork: StopWork;
  /** Names this instance in leases; random. */
  readonly owner: string;
  /** Where tests kill the process. */
  readonly reach: FaultPoint;
}

export interface ServiceSpec<Config extends ServiceConfig, Service extends object> {
  readonly name: string;
  /** The class that has the controllers. */
  readonly module: Type;
  /** Under which controllers ask for what `open` gives. */
  readonly token: symbol;
  readonly options: ServiceOptions<Config>;
  /** Codecs by kind of stream, for what the service reads and others write. */
  readonly decoders?: EventDecoders;
  open(opening: Opening<Config>): Service | Promise<Service>;
  /** What waits, by pool; told in a diagnosis. */
  pools?(service: Service): readonly common.PoolStatus[];
  /** The key that it signs with; told in a diagnosis. */
  signer?(service: Service): Promise<Pick<Signer, 'keyName' | 'publicKey'>>;
  /** Ends what the service itself opened, before its runtime and engines. */
  close?(service: Service): Promise<void>;
}

/** `registry` as gRPC knows it. */
const grpcName = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

interface Life {
  readonly service: object;
  readonly diagnose: Diagnose;
  onModuleDestroy(): Promise<void>;
}

/** Engines, runtime and service opened in this order, closed in the opposite one, also when a later one cannot be opened. */
async function live<Config extends ServiceConfig, Service extends object>(
  spec: ServiceSpec<Config, Service>,
  clock: Clock,
  chance: Chance,
  log: Log,
  health: Health,
  early: EarlyCalls,
  stopWork: StopWork,
  instruments: Instruments,
): Promise<Life> {
  const { name, options, decoders } = spec;
  const { config, version, fault } = options;
  const places = placesOf(config);
  const parts = { health, clock, log };
  const about = { name, version, health, places };
  diagnoseEarly(early, grpcName(name), diagnosing(about));
  const ends: (() => Promise<void> | void)[] = [];
  const end = async () => {
    for (const close of ends.splice(0).reverse()) await close();
  };
  try {
    const shared =
      options.shared ?? (await openSharedEngines(places, { fault, patience: patienceOf(parts, early) }));
    if (options.shared === undefined) {
      if (
        config.people === undefined &&
        places.people.engine === 'file' &&
        places.eventStore.engine !== 'sqlite'
      )
        log.warn(
          'HOLDFAST_PEOPLE is not set: services on other hosts cannot read what people say here, nor this one what they say there',
        );
      ends.push(() => shared.close());
      for (const engine of probesOf(shared)) ends.push(followEngine(engine, parts));
    }
    assertWritable('HOLDFAST_PEOPLE', places.people, { config, log });
    const readStore = await shared.openReadStore(places.readStore, { fault, service: name });
    ends.push(() => readStore.close());
    ends.push(followEngine({ part: `${name}:read-store`, probe: () => readStore.probe() }, parts));
    const owner = chance.uuid();
    const reach = killAt(fault) ?? (() => undefined);
    const runtime = openServiceRuntime({
      name,
      version,
      owner,
      engines: { ...shared, readStore, bus: countingDeadLetters(shared.bus, instruments.meter) },
      clock,
      chance,
      reach,
      writeSchema: config.writeSchema,
      ...(decoders ? { decoders } : {}),
      instruments,
      onError: (part, error, event) => {
        const facts = event === undefined ? {} : { correlationId: event.metadata.correlationId };
        log.error(`a part of the ${name} failed`, { part, error, ...facts });
      },
      onWaiting: (part) => log.info(`a part of the ${name} waits for its read models`, { part }),
    });
    ends.push(() => runtime.close());
    const own = { config, options, clock, chance, log, health, instruments, stopWork, owner, reach };
    const service = await spec.open({ runtime, ...own });
    ends.push(async () => spec.close?.(service));
    ends.push(followReadiness(health, `${name}:projections`, () => runtime.unready(), clock));
    const pools = () => spec.pools?.(service) ?? [];
    const signingKey = () => verifierKeyOf(spec.signer?.(service), clock);
    const diagnose = diagnosing({ ...about, runtime, pools, signingKey });
    return { service, diagnose, onModuleDestroy: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The Nest module of a service: what `open` gives under its token, and the end of it when the module is destroyed. */
export function serviceModule<Config extends ServiceConfig, Service extends object>(
  spec: ServiceSpec<Config, Service>,
): DynamicModule {
  const LIFE = Symbol(`${spec.name}:life`);
  return {
    module: spec.module,
    providers: [
      {
        provide: LIFE,
        inject: [CLOCK, CHANCE, LOG, Health, EarlyCalls, StopWork, INSTRUMENTS],
        useFactory: (
          clock: Clock,
          chance: Chance,
          log: Log,
          health: Health,
          early: EarlyCalls,
          stopWork: StopWork,
          instruments: Instruments,
        ) => live(spec, clock, chance, log, health, early, stopWork, instruments),
      },
      { provide: spec.token, inject: [LIFE], useFactory: ({ service }: Life) => service },
      { provide: DIAGNOSE, inject: [LIFE], useFactory: ({ diagnose }: Life) => diagnose },
    ],
  };
}
