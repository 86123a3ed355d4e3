import { Controller, Inject, type Type } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { common } from '#contracts';
import type { Diagnose } from './diagnose.js';

/** Token of the one {@link Diagnose} of a service's module. */
export const DIAGNOSE = Symbol('Diagnose');

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
