export { hostedApps, type HostedApp, type Hosting } from './hosted-services.js';
export { readSettings } from './settings.js';
export { StandaloneModule } from './standalone.module.js';
