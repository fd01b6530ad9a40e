// A kernel's object file is compiled for CPUs that the caller may not be on, so it must not offer the linker anything
// that other objects offer too (inline functions, instances of templates): the copy that is kept could be this one.
// Usage: node scripts/test/kernel_symbols.mjs [folder with object files, build/Release by default] [their architecture]
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The weak and unique definitions in the output of `nm --defined-only --demangle`.
 * @param {string} output
 */
export function sharedSymbols(output) {
  return [...output.matchAll(/^[0-9a-f]+ ([VWuvw]) (.+)$/gm)].map((match) => match[2]);
}

/**
 * The objects of kernels that need more than the baseline instruction set.
 * @param {string} folder
 */
export function kernelObjects(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /native\/kernels\/\w+\/\w+\.o$/.test(file) || /native\/kernels\/\w+\/\w+\.cc\.o$/.test(file))
    .filter((file) => !/_scalar\.(cc\.)?o$/.test(file))
    .map((file) => path.join(folder, file));
}

/**
 * The sources of an architecture's kernel sets of which no object is there.
 * @param {Record<string, { sources: string[] }>} sets
 * @param {readonly string[]} objects
 */
export function withoutObject(sets, objects) {
  const compiled = new Set(objects.map((file) => path.basename(file).replace(/(\.cc)?\.o$/, '.cc')));
  return Object.values(sets)
    .flatMap(({ sources }) => sources)
    .filter((source) => !compiled.has(path.basename(source)));
}

function main() {
  const [folder = path.join('build', 'Release'), architecture = process.arch] = process.argv.slice(2);
  const objects = kernelObjects(folder);
  const problems = objects.flatMap((file) =>
    sharedSymbols(execFileSync('nm', ['--defined-only', '--demangle', file], { encoding: 'utf8' })).map(
      (symbol) => `${path.basename(file)} defines ${symbol} for everyone`,
    ),
  );
  const sets = JSON.parse(readFileSync('native/sources.json', 'utf8'))[architecture];
  problems.push(...withoutObject(sets, objects).map((source) => `${folder} has no object file of ${source}`));
  for (const problem of problems) console.error(problem);
  console.log(`${objects.length} object files of kernels, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (process.argv[1]?.endsWith('kernel_symbols.mjs')) main();
