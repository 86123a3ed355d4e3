import type { JsonObject } from '#kernel';
import { realpathSync } from 'node:fs';
import {
  factOfFile,
  hostPythonEnvironment,
  nodeEnvironment,
  type EnvironmentSpec,
} from '../environment/index.js';
import { tryTool } from '../isolation/tools.js';

/** What an environment brings with it: the interpreter, its version in its own words and its bytes, and packages. */
export async function environmentSections(
  environment: EnvironmentSpec,
): Promise<{ readonly runtime: JsonObject; readonly packages: JsonObject }> {
  switch (environment.kind) {
    case 'node': {
      const path = realpathSync.native(environment.nodePath);
      const { digest } = await nodeEnvironment(path);
      const versions = await nodeVersions(path).catch(() => ({}));
      const runtime = { kind: 'node', digest, versions };
      return { runtime, packages: { installed: [] } };
    }
    case 'host-python': {
      const { interpreter, interpreterPath, packages, installed } = await hostPythonEnvironment(
        environment.venvDir,
      );
      const version = await pythonVersion(interpreterPath).catch(() => '');
      const runtime = { kind: 'host-python', digest: interpreter, version };
      return { runtime, packages: { digest: packages, installed: [...installed] } };
    }
  }
}

const nodeVersions = factOfFile(async (path): Promise<JsonObject> => {
  const print = 'process.stdout.write(JSON.stringify(process.versions))';
  return JSON.parse(await said(path, ['--no-warnings', '-e', print])) as JsonObject;
});

const pythonVersion = factOfFile(async (path) =>
  (await said(path, ['-I', '-c', 'import sys; print(sys.version)'])).replaceAll('\n', ' '),
);

async function said(path: string, args: readonly string[]): Promise<string> {
  const { ok, text } = await tryTool(path, args);
  if (!ok) throw new Error(text);
  return text;
}
