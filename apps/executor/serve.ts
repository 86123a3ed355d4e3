import { createLog, loadConfig, requiredSetting, runMain, runService } from '#platform';
import { ExecutorConfig, ExecutorModule, executorServices } from './index.js';

await runMain(async () => {
  const config = loadConfig(ExecutorConfig, process.env, (message) =>
    createLog({ service: 'executor' }).warn(message),
  );
  const why = 'an executor on its own must be told where the scheduler is, HOST:PORT';
  requiredSetting(config.schedulerAddress, 'HOLDFAST_SCHEDULER_ADDRESS', why);
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
