import type { scheduler } from '#contracts';
import type { CallContext } from '#platform';
import type { Scheduler } from './scheduler.js';
export async function* tailLogs(
  _scheduler: Scheduler,
  _request: scheduler.TailLogsRequest,
  _context: CallContext,
): AsyncGenerator<scheduler.TailLogsResponse> {}
