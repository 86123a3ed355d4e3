import { createLog, loadConfig, runMain, runService } from '#platform';
import { ProvenanceConfig, ProvenanceModule, provenanceServices } from './index.js';

await runMain(async () => {
  const config = loadConfig(ProvenanceConfig, process.env, (message) =>
    createLog({ service: 'provenance' }).warn(message),
  );
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
