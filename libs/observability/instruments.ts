import { noMeter, type Meter } from './meter.js';
import { noTracer, type Tracer } from './tracer.js';

/** What a part of a process says of itself, to whom it need not know. */
export interface Instruments {
  readonly meter: Meter;
  readonly tracer: Tracer;
}

export const noInstruments: Instruments = { meter: noMeter, tracer: noTracer };
