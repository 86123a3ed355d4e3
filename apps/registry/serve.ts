import { createLog, loadConfig, runMain, runService } from '#platform';
import { RegistryConfig, RegistryModule, registryServices } from './index.js';

await runMain(async () => {
  const config = loadConfig(RegistryConfig, process.env, (message) =>
    createLog({ service: 'registry' }).warn(message),
  );
  await runService({
    name: 'registry',
    module: RegistryModule.with({
      config,
      version: '0.1.0',
      fault: process.env['HOLDFAST_FAULT'],
    }),
    services: registryServices,
    host: config.grpcHost,
    grpcPort: config.grpcPort,
    httpPort: config.httpPort,
    log: createLog({ service: 'registry', level: config.logLevel }),
  });
});
