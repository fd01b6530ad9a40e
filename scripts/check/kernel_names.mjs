// A kernel's file is native/kernels/<op>/<op>[_<types>]_<isa>.{cc,h}; the operation's contract is <op>.h.

/** Instruction sets by their features, never by a CPU's name. The scalar one is the definition of the operation. */
export const ISA_WORDS = ['scalar', 'avx2', 'avxvnni', 'avx512vnni', 'amx', 'neon', 'neondot', 'neoni8mm'];

const VARIANT = new RegExp(`^(?:_[a-z0-9]+)*_(${ISA_WORDS.join('|')})\\.(cc|h)$`);

function nameProblem(op, base) {
  if (base === `${op}.h`) return undefined;
  if (base.startsWith(op) && VARIANT.test(base.slice(op.length))) return undefined;
  return `must be ${op}.h or ${op}[_<types>]_<isa>.{cc,h} with <isa> one of ${ISA_WORDS.join(', ')}`;
}

/** @type {import('./rule.mjs').Rule} */
export const kernelNames = {
  name: 'names: kernels',
  selects: (file) => /^native\/kernels\/[^/]+\/./.test(file),
  check(files) {
    const problems = [];
    for (const op of new Set(files.map((file) => file.split('/')[2]))) {
      const folder = `native/kernels/${op}`;
      const members = files.filter((file) => file.startsWith(`${folder}/`));
      for (const file of members) {
        const message = nameProblem(op, file.slice(folder.length + 1));
        if (message !== undefined) problems.push({ file, message });
      }
      if (!members.includes(`${folder}/${op}.h`))
        problems.push({ file: folder, message: `${op}.h, its contract, is missing` });
      if (!members.some((file) => file.endsWith('_scalar.cc')))
        problems.push({ file: folder, message: 'the scalar kernel, its definition, is missing' });
    }
    return problems;
  },
};
