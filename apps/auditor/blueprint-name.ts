import { nameProblems, namespaceOf } from '#service';
import type { Problem } from '#kernel';

export interface BlueprintName {
  readonly namespace: string;
  /** Without namespace and version. */
  readonly blueprint: string;
}

/** A blueprint may be written with its namespace before it, which then decides. */
export function blueprintName(given: string, namespace: string): BlueprintName {
  const [, other, blueprint = ''] = /^(?:([^/]*)\/)?(.*)$/s.exec(given) ?? [];
  return { namespace: other ?? namespaceOf(namespace), blueprint };
}

export const blueprintNameProblems = ({ namespace, blueprint }: BlueprintName): readonly Problem[] => [
  ...nameProblems('namespace', namespace),
  ...nameProblems('blueprint', blueprint),
];
