import { DomainError } from '#kernel';
import { createLog, loadConfig, runMain, runService } from '#platform';
import { ExecutorConfig, ExecutorModule, executorServices } from './index.js';

await runMain(async () => {
  const config = loadConfig(ExecutorConfig, process.env, (message) =>
    createLog({ service: 'executor' }).warn(message),
  );
  if (config.schedulerAddress === undefined) {
    const message =
      'HOLDFAST_SCHEDULER_ADDRESS: an executor on its own must be told where the scheduler is, HOST:PORT';
    throw new DomainError('invalid', 'INVALID_CONFIGURATION', message);
  }
  const bound = Promise.withResolvers<string>();
  const { address } = await runService({
    name: 'executor',
    module: ExecutorModule.with({
      config,
      version: '0.1.0',
      address: bound.promise,
      fault: process.env['HOLDFAST_FAULT'],
    }),
    services: executorServices,
    host: config.grpcHost,
    grpcPort: config.grpcPort,
    httpPort: config.httpPort,
    log: createLog({ service: 'executor', level: config.logLevel }),
  });
  bound.resolve(address);
});
