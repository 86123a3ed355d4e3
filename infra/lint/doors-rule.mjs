import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refusal } from './doors.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** ESLint rule: every import goes through a door that the table of `doors.mjs` opens. */
export const doorsRule = {
  meta: {
    type: 'problem',
    docs: { description: 'imports keep to the rooms-and-doors table' },
    schema: [],
    messages: { closed: '{{why}} (infra/lint/doors.mjs)' },
  },
  create(context) {
    const file = relative(root, context.filename).split(sep).join('/');
    const check = (node, source, typeOnly) => {
      if (typeof source?.value !== 'string') return;
      const why = refusal(file, source.value, typeOnly);
      if (why !== undefined) context.report({ node, messageId: 'closed', data: { why } });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      ImportExpression: (node) => check(node, node.source, false),
      TSImportType: (node) => check(node, node.source ?? node.argument?.literal, true),
      // new URL('./x.worker.js', import.meta.url)
      'NewExpression[callee.name="URL"][arguments.1.object.type="MetaProperty"]': (node) => {
        const [path] = node.arguments;
        if (path?.type === 'Literal' && /\.worker\.js$/.test(String(path.value))) check(node, path, false);
      },
    };
  },
};
