/** What TypeScript cannot erase: the built file would differ from its source in more than its types. */
export const notErasable = [
  { selector: 'TSEnumDeclaration', message: 'Use a union of literals: enums are not erasable.' },
  { selector: 'TSModuleDeclaration[kind!="global"]', message: 'Use a module: namespaces are not erasable.' },
  { selector: 'TSExportAssignment', message: 'Use an ES export.' },
];

/** Allowed only where Nest injects through the constructor. */
export const noParameterProperties = {
  selector: 'TSParameterProperty',
  message: 'Declare the field: parameter properties are not erasable, and only Nest classes gain from them.',
};
