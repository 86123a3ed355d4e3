import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { root } from '../architecture/tree.js';

/** One document of a rendered chart, as far as these specs look into it. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly spec?: any;
  readonly data?: Readonly<Record<string, string>>;
}

export function resourcesOf(rendered: string): Resource[] {
  const documents = parseAllDocuments(rendered, { uniqueKeys: true });
  for (const { errors } of documents) if (errors[0]) throw errors[0];
  return documents.map((document) => document.toJS() as Resource | null).filter((one) => one !== null);
}

interface Model {
  new (data: unknown): { validate(): void };
}

const packageOf = ({ apiVersion }: Resource): string =>
  apiVersion.startsWith('keda.sh/')
    ? `@kubernetes-models/keda/${apiVersion}`
    : `kubernetes-models/${apiVersion}`;

/** What Kubernetes' and KEDA's own schemas refuse. They pass over fields they do not know: for those see {@link unknownFields}. */
export async function schemaProblems(resources: readonly Resource[]): Promise<string[]> {
  const problems: string[] = [];
  for (const resource of resources) {
    const models = (await import(packageOf(resource))) as Readonly<Record<string, Model>>;
    const model = models[resource.kind];
    if (model === undefined) problems.push(`there is no ${resource.apiVersion} ${resource.kind}`);
    else {
      try {
        new model(resource).validate();
      } catch (error) {
        problems.push(`${resource.kind} ${resource.metadata.name}: ${(error as Error).message}`);
      }
    }
  }
  return problems;
}

/** Fields that Kubernetes would drop in silence, found by the compiler in the same schemas' types. */
export async function unknownFields(resources: readonly Resource[]): Promise<string[]> {
  await mkdir(join(root, '.cache'), { recursive: true });
  // Below the packages, so that the compiler finds them.
  const folder = await mkdtemp(join(root, '.cache/chart-'));
  try {
    const path = join(folder, 'chart.mts');
    const lines = resources.map(
      (resource, i) =>
        `import type { I${resource.kind} as I${i} } from ${JSON.stringify(packageOf(resource))};\n` +
        `export const r${i}: I${i} = ${JSON.stringify(resource)};`,
    );
    await writeFile(path, lines.join('\n'));
    const program = ts.createProgram([path], {
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      types: [],
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
    });
    return ts.getPreEmitDiagnostics(program).map(({ messageText, start = 0, file }) => {
      const line = file?.getLineAndCharacterOfPosition(start).line ?? 0;
      const { kind, metadata } = resources[line >> 1] ?? { kind: '', metadata: { name: '' } };
      return `${kind} ${metadata.name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
