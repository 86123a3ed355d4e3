import type { ToldEvent } from './told-event.js';
import type { ExportAbout } from './manifest.js';
import { mostReportRows, reportRow } from './report.js';

/** What an export says of its events as a whole, counted one by one; by who writes it and by who checks it. */
export class Tally {
  readonly #types = new Map<string, number>();
  #events = 0;
  #others = 0;
  #recorded: { earliest: string; latest: string } | undefined;
  /** Of the readable report, which shows the first events. */
  readonly rows: string[] = [];

  event(event: ToldEvent): void {
    const { type, recordedAt } = event.leaf;
    this.#events++;
    this.#types.set(type, (this.#types.get(type) ?? 0) + 1);
    this.#recorded ??= { earliest: recordedAt, latest: recordedAt };
    if (recordedAt < this.#recorded.earliest) this.#recorded.earliest = recordedAt;
    if (recordedAt > this.#recorded.latest) this.#recorded.latest = recordedAt;
    if (this.rows.length < mostReportRows) this.rows.push(reportRow(event));
  }

  other(): void {
    this.#others++;
  }

  facts(): Pick<ExportAbout, 'events' | 'others' | 'types' | 'recorded'> {
    const types = [...this.#types].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      events: String(this.#events),
      others: String(this.#others),
      types: Object.fromEntries(types.map(([type, count]) => [type, String(count)])),
      ...(this.#recorded === undefined ? {} : { recorded: this.#recorded }),
    };
  }
}
