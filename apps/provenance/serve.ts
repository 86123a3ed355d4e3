import { createLog, loadConfig, requiredSetting, runMain, runService } from '#platform';
import { ProvenanceConfig, ProvenanceModule, provenanceServices } from './index.js';

await runMain(async () => {
  const config = loadConfig(ProvenanceConfig, process.env, (message) =>
    createLog({ service: 'provenance' }).warn(message),
  );
  const why = 'provenance on its own must be told where the scheduler is, HOST:PORT';
  requiredSetting(config.schedulerAddress, 'HOLDFAST_SCHEDULER_ADDRESS', why);
  await runService({
    name: 'provenance',
    module: ProvenanceModule.with({
      config,
      version: '0.1.0',
      fault: process.env['HOLDFAST_FAULT'],
    }),
    services: provenanceServices,
    host: config.grpcHost,
    grpcPort: config.grpcPort,
    httpPort: config.httpPort,
    log: createLog({ service: 'provenance', level: config.logLevel }),
  });
});
