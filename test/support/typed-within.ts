import { withinProcess, type Said } from '#apps/cli/testing';

/** A command line of plain words, some of them in double quotes; undefined when only a shell can read it. */
export function wordsOf(line: string): string[] | undefined {
  if (/[|><$`;&*?~(){}\\']/.test(line.replaceAll(/"[^"$`\\]*"/g, ''))) return undefined;
  return Array.from(line.matchAll(/(?:[^\s"]|"[^"]*")+/g), ([word]) => word.replaceAll('"', ''));
}

/** Runs `holdfast` within this process as if it were typed in a folder. One at a time: a process has one folder. */
export async function typedWithin(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Said> {
  const here = process.cwd();
  process.chdir(folder);
  try {
    return await withinProcess(args, env);
  } finally {
    process.chdir(here);
  }
}
