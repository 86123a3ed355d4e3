import { createLog, loadConfig, requiredSetting, runMain, runService } from '#platform';
import { SchedulerConfig, SchedulerModule, schedulerServices } from './index.js';

await runMain(async () => {
  const config = loadConfig(SchedulerConfig, process.env, (message) =>
    createLog({ service: 'scheduler' }).warn(message),
  );
  const why = 'a scheduler on its own must be told where the registry is, HOST:PORT';
  requiredSetting(config.registryAddress, 'HOLDFAST_REGISTRY_ADDRESS', why);
  await runService({
    name: 'scheduler',
    module: SchedulerModule.with({
      config,
      version: '0.1.0',
      fault: process.env['HOLDFAST_FAULT'],
    }),
    services: schedulerServices,
    host: config.grpcHost,
    grpcPort: config.grpcPort,
    httpPort: config.httpPort,
    log: createLog({ service: 'scheduler', level: config.logLevel }),
  });
});
