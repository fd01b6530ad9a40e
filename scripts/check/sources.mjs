// native/sources.json lists every native source once, and the build files read it instead of naming sources themselves.

const LIST = 'native/sources.json';
const BUILD_FILES = ['binding.gyp', 'CMakeLists.txt'];

/** Every string in a JSON value that names a source file. */
function sourcesIn(value) {
  if (typeof value === 'string') return /\.(cc|cu)$/.test(value) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(sourcesIn) : [];
}

/** @type {import('./rule.mjs').Rule} */
export const sources = {
  name: 'native/sources.json is the one list',
  selects: (file) => /^native\/.*\.(cc|cu)$/.test(file),
  check(files, tree) {
    if (!tree.has(LIST)) return [{ file: LIST, message: 'is missing' }];
    const listed = sourcesIn(JSON.parse(tree.read(LIST))).map((file) =>
      file.startsWith('native/') ? file : `native/${file}`,
    );
    const problems = [];
    for (const file of new Set(listed)) {
      if (!tree.has(file)) problems.push({ file: LIST, message: `${file} does not exist` });
      const times = listed.filter((other) => other === file).length;
      if (times > 1) problems.push({ file: LIST, message: `${file} is listed ${times} times` });
    }
    for (const file of files) {
      if (!listed.includes(file)) problems.push({ file, message: `is not in ${LIST}` });
    }
    for (const file of BUILD_FILES) {
      if (!tree.has(file)) problems.push({ file, message: 'is missing' });
      else if (/native\/(?!sources\.json)[\w/]+\.(cc|cu)\b/.test(tree.read(file)))
        problems.push({ file, message: `names a source of native/ itself; ${LIST} is the one list` });
    }
    return problems;
  },
};
