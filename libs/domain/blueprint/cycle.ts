import type { Outline, OutlineStep } from './outline.js';
import type { Report } from './step-problems.js';

type Edge = { readonly to: string; readonly path: readonly PropertyKey[] };

function edgesOf(name: string, step: OutlineStep, steps: Outline['steps']): Edge[] {
  const inputs = [...step.in].map(([input, { source }]) => ({
    to: source,
    path: ['steps', name, 'in', input],
  }));
  const after = step.after.map((to, index) => ({ to, path: ['steps', name, 'after', index] }));
  return [...inputs, ...after].filter(({ to }) => steps.has(to));
}

/** Every step that waits for itself, one way round each: depth first without recursion, linear in steps and inputs. */
export function checkCycles({ steps }: Outline, report: Report): void {
  const done = new Set<string>();
  for (const root of steps.keys()) {
    const trail: { readonly name: string; readonly edges: Edge[] }[] = [];
    const open = new Map<string, number>();
    const enter = (name: string) => {
      open.set(name, trail.length);
      trail.push({ name, edges: edgesOf(name, steps.get(name) as OutlineStep, steps).reverse() });
    };
    if (!done.has(root)) enter(root);
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const edge = top.edges.pop();
      if (edge === undefined) {
        done.add(top.name);
        open.delete(top.name);
        trail.pop();
      } else if (open.has(edge.to)) {
        const round = trail.slice(open.get(edge.to)).map(({ name }) => name);
        const shown = [edge.to, ...round.toReversed()];
        const names = shown.length > 12 ? [...shown.slice(0, 11), '…', edge.to] : shown;
        report(
          'STEPS_CYCLIC',
          edge.path,
          `steps wait for each other: ${names.join(' ← ')}`,
          'cut the circle at one of these inputs',
        );
      } else if (!done.has(edge.to)) enter(edge.to);
    }
  }
}
