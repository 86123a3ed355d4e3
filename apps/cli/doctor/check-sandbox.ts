import type { IsolationProbe } from '#sandbox';
import { fail, ok, warn, type Finding } from './finding.js';

/** How far apart steps are kept on this machine, tried for real, and what would make it stronger. */
export async function checkSandbox(): Promise<Finding[]> {
  const { probeIsolation } = await import('#sandbox');
  return sandboxFindings(await probeIsolation());
}

export function sandboxFindings(probe: IsolationProbe): Finding[] {
  const { bubblewrap, best, unprivilegedUser, noNewPrivileges, cgroup } = probe;
  if (best === null) {
    const why = probe.process.available ? 'no level works here' : probe.process.why;
    return [fail('sandbox', 'steps cannot be run here', why)];
  }
  const level = bubblewrap.available
    ? ok('sandbox', `level bubblewrap${bubblewrap.version ? ` ${bubblewrap.version}` : ''}`)
    : warn(
        'sandbox',
        `level process: a step can reach this host, and a verdict says so; ${bubblewrap.why}`,
        'on Debian and Ubuntu: `apt-get install bubblewrap util-linux`',
      );
  const groups = cgroup.available
    ? ok('control groups', [cgroup.version ?? '', ...cgroup.controllers].join(' ').trim())
    : warn(
        'control groups',
        `none, so memory and processes are watched by sampling; ${cgroup.why}`,
        'run the server as a systemd service with Delegate=yes, or as root',
      );
  const apart = unprivilegedUser.available
    ? ok('users', 'every step runs as a user of its own')
    : bubblewrap.available
      ? ok('users', 'steps run as this user, within bubblewrap')
      : warn('users', unprivilegedUser.why, 'install bubblewrap, or run the server as root');
  const privileges = noNewPrivileges.available
    ? ok('privileges', 'rights once dropped stay dropped')
    : warn('privileges', noNewPrivileges.why, 'install the package util-linux');
  return [level, groups, apart, privileges];
}
