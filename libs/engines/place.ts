/** A place as settings write it, taken apart: `sqlite:data/events.sqlite` is `{ engine: 'sqlite', at: 'data/events.sqlite' }`. */
export interface EnginePlace {
  readonly engine: string;
  readonly at: string;
}

export function placeOf(setting: string): EnginePlace {
  const colon = setting.indexOf(':');
  return { engine: setting.slice(0, colon), at: setting.slice(colon + 1) };
}

/** As the settings had it. */
export const written = ({ engine, at }: EnginePlace): string => `${engine}:${at}`;
