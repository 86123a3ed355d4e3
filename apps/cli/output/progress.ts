import type { Clock } from '#kernel';
import type { Terminal } from './terminal.js';
import { bytes, duration } from './units.js';

export interface Progress {
  /** Done so far of `total`, both in the unit given at the start. */
  update(done: number, total?: number): void;
  /** Wipes the line; prints nothing that would stay. */
  end(): void;
}

/** What is over sooner shows nothing. */
const quietMs = 400;
const everyMs = 100;
const plainEveryMs = 10_000;

/** One line about what goes on, redrawn where it stands. */
export interface StatusLine {
  /** Shows a text at most ten times a second; elsewhere than on a terminal at most every ten seconds. */
  show(text: string): void;
  /** Wipes the line, prints something that stays, and goes on below. */
  above(text: string): void;
  /** Wipes the line; prints nothing that would stay. */
  end(): void;
}

/**
 * On stderr, for anything that takes longer than a moment. On a terminal one line is redrawn; elsewhere a line is printed every ten
 * seconds, so that a CI log shows life without being flooded.
 */
export function openStatusLine(terminal: Terminal, clock: Clock): StatusLine {
  const start = clock.monotonicMs();
  let last = start;
  let drawn = false;
  const wipe = () => {
    if (drawn) process.stderr.write('\r\u001b[2K');
    drawn = false;
  };
  return {
    show(text) {
      const now = clock.monotonicMs();
      if (now - start < quietMs || now - last < (terminal.interactive ? everyMs : plainEveryMs)) return;
      last = now;
      if (!terminal.interactive) return terminal.note(text);
      drawn = true;
      process.stderr.write(`\r\u001b[2K${text.slice(0, Math.max(20, terminal.width - 1))}`);
    },
    above(text) {
      wipe();
      terminal.note(text);
    },
    end: wipe,
  };
}

/** Rate and time left. */
export function openProgress(
  terminal: Terminal,
  clock: Clock,
  label: string,
  unit: 'bytes' | 'events' | 'blobs' | 'steps' | 'runs' | 'knobs',
): Progress {
  const start = clock.monotonicMs();
  const line = openStatusLine(terminal, clock);
  const speed = (rate: number) =>
    unit === 'bytes' ? bytes(rate) : `${Number(rate.toPrecision(rate < 10 ? 2 : 3))} ${unit}`;
  const amount = (done: number, total?: number) =>
    unit === 'bytes'
      ? `${bytes(done)}${total ? ` of ${bytes(total)}` : ''}`
      : `${Math.round(done)}${total ? ` of ${total}` : ''} ${unit}`;
  return {
    update(done, total) {
      const rate = done / ((clock.monotonicMs() - start) / 1000);
      const left =
        total && rate > 0 && done < total ? `, ${duration(((total - done) / rate) * 1000)} left` : '';
      line.show(`${label}  ${amount(done, total)}, ${speed(rate)}/s${left}`);
    },
    end: () => line.end(),
  };
}
