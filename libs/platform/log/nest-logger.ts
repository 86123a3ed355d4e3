import type { LoggerService } from '@nestjs/common';
import type { Log, LogLine } from './log.js';

/** What Nest says about itself; its start-up chatter is worth no more than `debug`. */
export function nestLogger(log: Log): LoggerService {
  const forward =
    (line: LogLine) =>
    (message: unknown, ...rest: unknown[]): void => {
      const context = rest.at(-1);
      line(message instanceof Error ? message.message : String(message), {
        ...(typeof context === 'string' ? { context } : {}),
        ...(message instanceof Error ? { error: message } : {}),
      });
    };
  return {
    log: forward(log.debug),
    debug: forward(log.debug),
    verbose: forward(log.debug),
    warn: forward(log.warn),
    error: forward(log.error),
    fatal: forward(log.error),
  };
}
