import type { JsonObject } from '#kernel';
import { realpath } from 'node:fs/promises';
import { hostPythonEnvironment, nodeEnvironment, type EnvironmentSpec } from '../environment/index.js';
import { tryTool } from '../isolation/tools.js';

/** The interpreter: its version in its own words, and its bytes. */
export async function runtimeSection(environment: EnvironmentSpec): Promise<JsonObject> {
  switch (environment.kind) {
    case 'node': {
      const path = await realpath(environment.nodePath);
      const print = 'process.stdout.write(JSON.stringify(process.versions))';
      const { ok, text } = await tryTool(path, ['--no-warnings', '-e', print]);
      const versions = ok ? (JSON.parse(text) as JsonObject) : {};
      return { kind: 'node', digest: (await nodeEnvironment(path)).digest, versions };
    }
    case 'host-python': {
      const { interpreter, interpreterPath } = await hostPythonEnvironment(environment.venvDir);
      const { ok, text } = await tryTool(interpreterPath, ['-I', '-c', 'import sys; print(sys.version)']);
      return { kind: 'host-python', digest: interpreter, version: ok ? text.replaceAll('\n', ' ') : '' };
    }
  }
}

export async function packagesSection(environment: EnvironmentSpec): Promise<JsonObject> {
  if (environment.kind === 'node') return { installed: [] };
  const { packages, installed } = await hostPythonEnvironment(environment.venvDir);
  return { digest: packages, installed: [...installed] };
}
