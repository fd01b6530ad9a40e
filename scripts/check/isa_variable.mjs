// OCTAVO_ISA, the variable that forces a kernel set, has one reader: native/dispatch.
import { blank, languageOf } from './blank.mjs';
import { lineAt } from './rule.mjs';

// In C++ the name itself; in TypeScript, where messages may speak of it, its reading.
const NATIVE = /OCTAVO_ISA\b/g;
const TYPESCRIPT = /\benv\s*(\.\s*OCTAVO_ISA\b|\[\s*['"`]OCTAVO_ISA['"`]\s*\])/g;

/** @type {import('./rule.mjs').Rule} */
export const isaVariable = {
  name: 'OCTAVO_ISA has one reader',
  selects: (file) => /^(native|lib)\/.*\.(cc|h|ts)$/.test(file),
  check(files, tree) {
    const problems = [];
    let readers = 0;
    for (const file of files) {
      const language = languageOf(file);
      const text = blank(tree.read(file), language);
      for (const match of text.matchAll(language === 'cc' ? NATIVE : TYPESCRIPT)) {
        if (file.startsWith('native/dispatch/')) readers++;
        else problems.push({ file, line: lineAt(text, match.index), message: 'only native/dispatch reads OCTAVO_ISA' });
      }
    }
    if (readers === 0) problems.push({ file: 'native/dispatch', message: 'nothing reads OCTAVO_ISA' });
    return problems;
  },
};
