import { Controller, Inject, type Type } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { common } from '#contracts';
import type { EarlyCalls } from '#platform';
import type { Diagnose } from './diagnose.js';

/** Token of the one {@link Diagnose} of a service's module. */
export const DIAGNOSE = Symbol('Diagnose');

/** The same while the service waits for its engines. @param service as gRPC knows it: `Registry` */
export const diagnoseEarly = (early: EarlyCalls, service: string, diagnose: Diagnose): void =>
  early.answer(`${service}/Diagnose`, async () => ({ diagnosis: await diagnose() }));

/**
 * The method that every service has for `holdfast doctor`.
 * @param service as gRPC knows it: `Registry`
 */
export function diagnoseController(service: string): Type {
  @Controller()
  class DiagnoseController {
    constructor(@Inject(DIAGNOSE) private readonly ask: Diagnose) {}

    @GrpcMethod(service)
    async diagnose(): Promise<{ readonly diagnosis: common.Diagnosis }> {
      return { diagnosis: await this.ask() };
    }
  }
  return DiagnoseController;
}
