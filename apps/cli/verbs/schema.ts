import { assertNoProblems } from '#kernel';
import { publishedSchemas } from '#domain/blueprint';
import { nearest } from '#domain/declaration';
import { exitStatus } from '../exit-status.js';
import { showList } from '../output/format.js';
import type { Action } from '../verb.js';

/** A schema is JSON in every format but `yaml`; without a name it is the list of them. */
export const schema: Action = async ({ terminal, format, quiet }, [name]) => {
  const names = Object.keys(publishedSchemas);
  if (name === undefined) {
    const about = (known: string) => String(publishedSchemas[known]?.()['description'] ?? '');
    await showList(
      terminal,
      format,
      names,
      {
        columns: [
          { title: 'name', value: (known) => known },
          { title: 'of', value: about },
        ],
        json: (known) => ({ name: known, description: about(known) }),
        id: (known) => known,
        empty: '',
      },
      quiet,
    );
    return exitStatus.success;
  }
  const make = Object.hasOwn(publishedSchemas, name) ? publishedSchemas[name] : undefined;
  if (make === undefined) {
    const near = nearest(name, names);
    const fix = near ? `did you mean ${near}?` : `there are ${names.join(', ')}`;
    const message = 'there is no such schema';
    assertNoProblems([{ code: 'SCHEMA_UNKNOWN', field: 'name', message, found: name.slice(0, 120), fix }]);
  }
  const text = JSON.stringify(make?.(), null, 2);
  terminal.out(format === 'yaml' ? (await import('yaml')).stringify(make?.()).trimEnd() : text);
  return exitStatus.success;
};
