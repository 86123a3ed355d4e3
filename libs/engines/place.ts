/** A place as settings write it, taken apart: `sqlite:data/events.sqlite` is `{ engine: 'sqlite', at: 'data/events.sqlite' }`. */
export interface EnginePlace {
  readonly engine: string;
  readonly at: string;
}

/** As the settings had it. */
export const written = ({ engine, at }: EnginePlace): string => `${engine}:${at}`;
