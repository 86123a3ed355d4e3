import { createLog, loadConfig, runMain, runService } from '#platform';
import { AuditorConfig, AuditorModule, auditorServices } from './index.js';

await runMain(async () => {
  const config = loadConfig(AuditorConfig, process.env, (message) =>
    createLog({ service: 'auditor' }).warn(message),
  );
  await runService({
    name: 'auditor',
    module: AuditorModule.with({
      config,
      version: '0.1.0',
      fault: process.env['HOLDFAST_FAULT'],
    }),
    services: auditorServices,
    host: config.grpcHost,
    grpcPort: config.grpcPort,
    httpPort: config.httpPort,
    log: createLog({ service: 'auditor', level: config.logLevel }),
  });
});
