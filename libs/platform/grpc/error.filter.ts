import { Catch, type ArgumentsHost, type RpcExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';
import type { Call } from './live-call.js';
import { toFailedCall } from './service-error.js';

/** Nothing leaves as UNKNOWN: every error of a handler becomes a status with details. */
@Catch()
export class ErrorFilter implements RpcExceptionFilter<unknown, FailedObservable> {
  catch(error: unknown, host: ArgumentsHost): FailedObservable {
    return throwError(() =>
      toFailedCall(error, host.getArgByIndex<Call | undefined>(2) ?? host.getArgByIndex<Call>(0)),
    );
  }
}

type FailedObservable = Observable<never>;
