/**
 * Rooms and doors: who may import what. The one table behind the lint rule and `test/architecture`.
 *
 * `room`     folder; `*` is one path segment. The row with the most segments wins.
 * `may`      import specifiers: exact, or with `*` for the rest (`#domain/*`, `node:*`, `@nestjs/*`).
 *            Everything else is refused. Relative imports stay inside the room or go up to the room around it.
 * `types`    the same, for `import type` only.
 * `refuses`  imports that would be wrong here, most telling first: each is tried by a test.
 */

const nest = ['@nestjs/*', 'reflect-metadata', 'rxjs'];
const nodeBuiltins = ['node:*'];
const ports = [
  ...['#event-store', '#read-store', '#message-bus', '#artifact-store'],
  ...['#key-store', '#tile-store'],
];
const notForPorts = ['#domain/run', '#contracts', '#runtime', '#rpc', '@nestjs/common', 'kafkajs'];

const port = (name, extra = []) => [
  {
    room: `libs/${name}`,
    may: ['#kernel', ...nodeBuiltins, ...extra],
    refuses: [
      ...ports.filter((other) => other !== `#${name}`).slice(0, 1),
      ...notForPorts,
      `./sqlite/index.js`,
      '../kernel/brand.js',
    ],
  },
];

const service = (name) => ({
  room: `apps/${name}`,
  may: ['#*', ...nest, ...nodeBuiltins],
  refuses: [
    name === 'registry' ? '#apps/scheduler' : '#apps/registry',
    '#runtime/relay/state',
    '../cli/main.js',
    '../../libs/kernel/brand.js',
    '@grpc/grpc-js',
    'mongodb',
    'kafkajs',
    'yaml',
  ],
});

export const doors = [
  {
    room: 'libs/kernel',
    may: [],
    refuses: ['#evidence', 'node:crypto', 'zod', '@nestjs/common', '../evidence/index.js'],
  },
  {
    room: 'libs/evidence',
    may: ['#kernel', 'node:crypto', 'node:buffer'],
    refuses: ['node:fs', 'node:worker_threads', '@nestjs/common', '#domain/run', './files/index.js'],
  },
  {
    room: 'libs/evidence/files',
    may: ['#kernel', '#evidence', ...nodeBuiltins],
    refuses: ['#domain/dataset', '#artifact-store', '@nestjs/common'],
  },
  {
    room: 'libs/domain/*',
    may: ['#kernel', '#evidence', '#domain/*', 'zod'],
    refuses: [
      'node:fs',
      '@nestjs/common',
      '@grpc/grpc-js',
      '#contracts',
      '#evidence/files',
      '#event-store',
      'yaml',
    ],
  },
  {
    room: 'libs/domain/blueprint',
    may: ['#kernel', '#evidence', '#domain/*', 'zod', 'yaml'],
    refuses: ['node:fs', 'csv-parse/sync', '../knob/index.js'],
  },
  {
    room: 'libs/domain/dataset',
    may: ['#kernel', '#evidence', '#domain/*', 'zod', 'csv-parse', 'csv-parse/sync'],
    refuses: ['node:fs', 'csv-parse/stream', 'yaml'],
  },
  {
    room: 'libs/contracts',
    may: ['#kernel', '#evidence', '@bufbuild/protobuf/wire', 'node:buffer'],
    types: ['#domain/*'],
    refuses: ['#domain/run', '@nestjs/common', '@grpc/grpc-js', '#event-store', 'node:fs'],
  },
  ...port('event-store'),
  ...port('read-store'),
  ...port('message-bus'),
  ...port('artifact-store', ['#evidence', '#evidence/files']),
  {
    room: 'libs/key-store',
    may: ['#kernel', '#disk', '#evidence', ...nodeBuiltins],
    refuses: ['#event-store', ...notForPorts, '../kernel/brand.js'],
  },
  ...port('tile-store'),
  ...['event-store', 'read-store', 'message-bus', 'artifact-store', 'tile-store'].map((name) => ({
    room: `libs/${name}/*`,
    may: [
      '#kernel',
      '#disk',
      '#sqlite',
      ...nodeBuiltins,
      ...(name === 'artifact-store' ? ['#evidence', '#evidence/files'] : []),
    ],
    refuses: ['@nestjs/common', '#domain/run', '#contracts', '../kafka/index.js'],
  })),
  {
    room: 'libs/message-bus/kafka',
    may: ['#kernel', 'kafkajs', 'kafkajs/src/network/requestQueue/index.js', ...nodeBuiltins],
    refuses: ['@nestjs/common', '#domain/run', '#contracts', '../memory/index.js', 'mongodb'],
  },
  {
    room: 'libs/artifact-store/s3',
    may: ['#kernel', '#evidence', '#s3', '@aws-sdk/client-s3', ...nodeBuiltins],
    refuses: ['@aws-sdk/lib-storage', '@nestjs/common', '#domain/run', '#contracts', '../file/index.js'],
  },
  {
    room: 'libs/tile-store/s3',
    may: ['#kernel', '#s3', '@aws-sdk/client-s3', ...nodeBuiltins],
    refuses: ['#artifact-store', '@nestjs/common', '#domain/run', '#contracts', '../file/index.js'],
  },
  {
    room: 'libs/s3',
    may: ['#kernel', '@aws-sdk/client-s3'],
    refuses: ['#artifact-store', '#contracts', '@nestjs/common', '@aws-sdk/lib-storage'],
  },
  {
    room: 'libs/mongodb',
    may: ['#kernel', 'mongodb'],
    refuses: ['#read-store', '#contracts', '@nestjs/common', 'kafkajs'],
  },
  {
    room: 'libs/read-store/mongodb',
    may: ['#kernel', '#mongodb', 'mongodb', ...nodeBuiltins],
    refuses: ['#sqlite', '@nestjs/common', '#domain/run', '#contracts', '../sqlite/index.js', 'kafkajs'],
  },
  {
    room: 'libs/key-store/mongodb',
    may: ['#kernel', '#mongodb', 'mongodb', ...nodeBuiltins],
    refuses: ['#read-store', '@nestjs/common', '#domain/run', '#contracts', 'kafkajs'],
  },
  {
    room: 'libs/event-store/eventstoredb',
    may: ['#kernel', '@eventstore/db-client', '@eventstore/db-client/generated/*', ...nodeBuiltins],
    types: ['@grpc/grpc-js'],
    refuses: [
      '#sqlite',
      '@grpc/grpc-js',
      '@nestjs/common',
      '#domain/run',
      '#contracts',
      '../sqlite/index.js',
    ],
  },
  {
    room: 'libs/disk',
    may: [...nodeBuiltins],
    refuses: ['#kernel', '#sqlite', '@nestjs/common', '#artifact-store'],
  },
  {
    room: 'libs/sqlite',
    may: ['#kernel', '#disk', ...nodeBuiltins],
    refuses: ['#event-store', '#contracts', '@nestjs/common'],
  },
  {
    room: 'libs/observability',
    may: ['#kernel', '#evidence'],
    refuses: ['prom-client', '@opentelemetry/api', '@nestjs/common', '#platform', 'node:async_hooks'],
  },
  {
    room: 'libs/runtime',
    may: [
      '#kernel',
      '#observability',
      '#evidence',
      '#evidence/files',
      '#contracts',
      '#contracts/public',
      '#contracts/stored',
      ...ports,
      ...nodeBuiltins,
    ],
    refuses: ['#domain/run', '@nestjs/common', '#event-store/sqlite', '#message-bus/memory', '@grpc/grpc-js'],
  },
  {
    room: 'libs/engines',
    may: [
      '#kernel',
      ...ports,
      ...['#event-store/sqlite', '#event-store/eventstoredb'],
      ...['#read-store/sqlite', '#read-store/mongodb'],
      ...['#message-bus/memory', '#message-bus/kafka'],
      ...['#artifact-store/file', '#artifact-store/s3'],
      ...['#tile-store/file', '#tile-store/s3', '#s3'],
      '#key-store/mongodb',
    ],
    refuses: ['#domain/run', '#contracts', '#runtime', '@nestjs/common', 'node:fs', 'mongodb'],
  },
  {
    room: 'libs/migration',
    may: ['#kernel', '#evidence', '#event-store', '#artifact-store', 'node:crypto'],
    refuses: ['#event-store/sqlite', '#engines', '#contracts', '@nestjs/common', 'node:fs'],
  },
  {
    // Verification shares no code with what it verifies, but evidence.
    room: 'libs/verification',
    may: ['#kernel', '#evidence', '@eventstore/db-client', '@aws-sdk/client-s3', ...nodeBuiltins],
    refuses: [
      '#event-store',
      '#sqlite',
      '#contracts',
      '#runtime',
      '#artifact-store',
      '#domain/run',
      '@nestjs/common',
    ],
  },
  {
    room: 'libs/service',
    may: [
      '#kernel',
      '#evidence',
      '#contracts',
      '#artifact-store',
      '#domain/declaration',
      '#domain/manifest',
      '#engines',
      '#message-bus',
      '#observability',
      '#platform',
      '#rpc',
      '#runtime',
      '#read-store',
      ...nest,
    ],
    refuses: ['#domain/run', '#event-store/sqlite', 'node:fs', '@grpc/grpc-js'],
  },
  {
    room: 'libs/rpc',
    may: ['#kernel', '#contracts', '@bufbuild/protobuf/wire', '@grpc/grpc-js', ...nodeBuiltins],
    refuses: ['@nestjs/common', '#event-store', '#domain/run', '#platform'],
  },
  {
    room: 'libs/sandbox',
    may: ['#kernel', '#evidence', '#evidence/files', '#artifact-store', ...nodeBuiltins],
    refuses: ['#domain/run', '@nestjs/common', '#rpc', '#artifact-store/folder', '#event-store'],
  },
  {
    room: 'libs/stored-zip',
    may: ['#kernel', ...nodeBuiltins],
    refuses: ['#evidence', '#artifact-store', '@nestjs/common', '#rpc', 'yazl'],
  },
  {
    room: 'libs/bundle-file',
    may: [
      ...['#kernel', '#evidence', '#stored-zip', 'yazl', ...nodeBuiltins],
      ...['#domain/bundle', '#domain/manifest', '#domain/run', '#domain/signature'],
    ],
    refuses: ['#artifact-store', '@nestjs/common', '#rpc', '#domain/sweep', '#contracts'],
  },
  {
    room: 'libs/export-file',
    may: ['#kernel', '#evidence', '#stored-zip', 'zod', ...nodeBuiltins],
    refuses: ['#artifact-store', '@nestjs/common', '#rpc', '#domain/run', '#contracts'],
  },
  {
    room: 'libs/replay',
    may: ['#kernel', '#contracts/stored', '#domain/*'],
    refuses: ['node:fs', '@nestjs/common', '#rpc', '#contracts', '#event-store'],
  },
  {
    room: 'libs/platform',
    may: [
      '#kernel',
      '#disk',
      '#evidence',
      '#observability',
      '#rpc',
      ...nest,
      '@grpc/grpc-js',
      '@grpc/proto-loader',
      '@grpc/reflection',
      'grpc-health-check',
      'prom-client',
      '@opentelemetry/*',
      'class-validator',
      ...nodeBuiltins,
    ],
    refuses: ['#domain/run', '#event-store', '#read-store/sqlite', '#runtime', '#apps/registry'],
  },
  ...['registry', 'scheduler', 'executor', 'provenance', 'auditor'].map(service),
  {
    room: 'apps/standalone',
    may: ['#apps/*', '#platform', '#engines', '#kernel', ...nest, ...nodeBuiltins],
    refuses: ['#apps/cli', '#event-store', '#event-store/sqlite', '#domain/run', '../registry/index.js'],
  },
  {
    room: 'apps/migrate',
    may: ['#kernel', '#engines', '#migration', '#key-store', 'node:fs'],
    refuses: ['#event-store', '#event-store/sqlite', '#apps/standalone', '@nestjs/common', '#platform'],
  },
  {
    room: 'apps/cli',
    may: [
      '#kernel',
      '#disk',
      '#evidence',
      '#evidence/files',
      '#contracts',
      '#contracts/stored',
      '#rpc',
      '#bundle-file',
      '#export-file',
      '#replay',
      '#sandbox',
      '#verification',
      '#domain/*',
      'commander',
      'acorn',
      'yaml',
      'yazl',
      'yauzl',
      'csv-parse',
      'csv-parse/sync',
      ...nodeBuiltins,
    ],
    refuses: [
      '@nestjs/common',
      '#event-store',
      '#artifact-store',
      '#apps/standalone',
      '#platform',
      '#runtime',
    ],
  },
  { room: 'test', may: ['*'], refuses: [] },
  { room: 'infra', may: ['*'], refuses: ['../../libs/kernel/index.js'] },
  { room: 'examples', may: [...nodeBuiltins], refuses: ['#kernel', 'zod', '../../libs/kernel/index.js'] },
];

/** Imports that no room but `test` may have, whatever its row says. */
const never = ['#apps/cli', '#test', '#test/*'];

/** Only these files choose adapters, so only these open an adapter's door. */
const adapterDoor =
  /^#(event-store|read-store|message-bus|artifact-store|key-store|tile-store)\/(?!testing$)/;

/** A spec may plug in what it tests: every library door and the test tools, but still no other app. */
const inSpecs = ['#*', '@jest/globals', 'fast-check', ...nodeBuiltins];
export const isSpec = (file) => /\.spec\.ts$|\/testing\//.test(file);

const matches = (pattern, specifier) =>
  pattern.endsWith('*') ? specifier.startsWith(pattern.slice(0, -1)) : pattern === specifier;

const covers = (room, file) => {
  const segments = file.split('/');
  return room
    .split('/')
    .every((part, index) => part === segments[index] || (part === '*' && index < segments.length - 1));
};

/** The row a file lives under; undefined for files at the top. */
export const rowOf = (file) =>
  doors
    .filter(({ room }) => covers(room, file))
    .sort((a, b) => weight(b.room) - weight(a.room))
    .at(0);

/** More segments win; of equally many, the one without a `*`. */
const weight = (room) => room.split('/').length * 2 - (room.includes('*') ? 1 : 0);

/** The folder that a row means for one file: `libs/domain/*` becomes `libs/domain/run`. */
const folderOf = (row, file) => file.split('/').slice(0, row.room.split('/').length).join('/');

function resolveRelative(file, specifier) {
  const parts = file.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/**
 * Why an import is not allowed; undefined when it is.
 * @param {string} file path from the repository root, `/` between segments
 * @param {string} specifier as written
 * @param {boolean} typeOnly whether the whole import is erased
 */
export function refusal(file, specifier, typeOnly) {
  const row = rowOf(file);
  if (row === undefined) return undefined;
  if (specifier.startsWith('.')) return relativeRefusal(file, row, specifier);
  if (row.room === 'test') return undefined;
  if (never.some((pattern) => matches(pattern, specifier))) return `nothing may import ${specifier}`;
  if (isSpec(file)) {
    const own = row.room.startsWith('apps/') ? [`#${row.room}`, ...row.may] : row.may;
    if (
      specifier.startsWith('#apps/') &&
      !own.some((pattern) => pattern !== '#*' && matches(pattern, specifier))
    )
      return `a spec of ${row.room} must not reach into ${specifier}`;
    if ([...inSpecs, ...own].some((pattern) => matches(pattern, specifier))) return undefined;
  }
  if (row.room.startsWith('apps/') && row.may.includes('#*')) {
    if (specifier.startsWith('#apps/')) return `${row.room} must not import another app`;
    if (adapterDoor.test(specifier) && !file.endsWith('.module.ts'))
      return `only a *.module.ts chooses an adapter, so ${specifier} stays out of here`;
    if (
      /^#(?!domain\/|evidence\/files$|contracts\/(stored|public)$)[^/]+\/./.test(specifier) &&
      !adapterDoor.test(specifier)
    )
      return `${specifier} is the inside of a library; use its front door`;
  }
  if (row.may.some((pattern) => matches(pattern, specifier))) return undefined;
  const types = row.types ?? [];
  if (types.some((pattern) => matches(pattern, specifier)))
    return typeOnly ? undefined : `${row.room} may import ${specifier} with \`import type\` only`;
  return `${row.room} must not import ${specifier}; it may import ${[...row.may, ...types].join(' ') || 'nothing'}`;
}

function relativeRefusal(file, row, specifier) {
  const target = resolveRelative(file, specifier);
  const home = folderOf(row, file);
  const inside = (folder) => target === folder || target.startsWith(`${folder}/`);
  const targetRow = rowOf(target);
  if (row.room === 'test' && inside('test')) return undefined;
  if (targetRow === undefined) return `${specifier} leaves the rooms`;
  const targetHome = folderOf(targetRow, target);
  if (targetHome === home) return undefined;
  // A room within a room may use the room around it; never the other way, except where specs plug things in.
  if (home.startsWith(`${targetHome}/`)) return undefined;
  if (isSpec(file) && home.split('/')[1] === targetHome.split('/')[1]) return undefined;
  if (isSpec(target.replace(/\.js$/, '.ts')) && isSpec(file)) return undefined;
  return `${specifier} climbs through a wall into ${targetHome}; use its door`;
}
