import { ServiceConfig } from '#platform';

/** The settings of every service; none of its own. */
export class AuditorConfig extends ServiceConfig {}
