// The loops that multiply in the object files of arm64 kernels, with the multiply-adds of one pass through each.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { kernelObjects } from '../test/kernel_symbols.mjs';
import { AARCH64, multiplyingLoops, routines } from '../test/machine_code.mjs';

/** Multiply-adds of one instruction, by its name and the lanes of its result. */
const MULTIPLY_ADDS = [
  { pattern: /^[su]mull2?\s+v\d+\.8h/, count: 8 },
  { pattern: /^[su]mlal2?\s+v\d+\.8h/, count: 8 },
  { pattern: /^[su]mlal2?\s+v\d+\.4s/, count: 4 },
  { pattern: /^(us|su|[su])dot\s+v\d+\.4s/, count: 16 },
  { pattern: /^(us|[su])mmla\s+v\d+\.4s/, count: 32 },
  { pattern: /^fmla\s+v\d+\.4s/, count: 4 },
  { pattern: /^fmla\s+v\d+\.2s/, count: 2 },
];

/**
 * @typedef {object} KernelLoop
 * @property {string} routine
 * @property {readonly string[]} body
 * @property {number} multiplyAdds
 * @property {number} stackAccesses
 */

/** @param {string} text an instruction */
export const multiplyAddsOf = (text) => MULTIPLY_ADDS.find(({ pattern }) => pattern.test(text))?.count ?? 0;

/**
 * The function's own name: `strip<8>` of `void octavo::(anonymous namespace)::strip<8>(octavo::Strip const&)`.
 * @param {string} demangled
 */
export const shortName = (demangled) =>
  /(?:\s|^)(\w+(?:<[\w, ]*>)?)\(/.exec(demangled.replaceAll(/octavo::(\(anonymous namespace\)::)?/g, ''))?.[1] ??
  demangled;

/**
 * The loops that multiply vectors, in the output of objdump.
 * @param {string} disassembly
 * @returns {KernelLoop[]}
 */
export function loopsOf(disassembly) {
  return routines(disassembly)
    .flatMap((routine) => multiplyingLoops(routine, AARCH64).map((loop) => ({ name: routine.name, ...loop })))
    .map(({ name, body, spills }) => ({
      routine: shortName(name),
      body,
      multiplyAdds: body.reduce((sum, text) => sum + multiplyAddsOf(text), 0),
      stackAccesses: spills.length,
    }))
    .filter(({ multiplyAdds }) => multiplyAdds > 0);
}

/**
 * The loops of the object file that was compiled from `source`.
 * @param {string} folder with object files
 * @param {string} source below native/kernels, without its ending
 * @throws if there is none, or one that is older than its source
 */
export function readLoops(folder, source) {
  const object = kernelObjects(folder).find((file) => path.basename(file).startsWith(`${path.basename(source)}.`));
  if (object === undefined) throw new Error(`${folder} has no object file of ${source}: npm test -- --only arm64`);
  if (statSync(object).mtimeMs < statSync(path.join('native', 'kernels', `${source}.cc`)).mtimeMs)
    throw new Error(`${object} is older than its source: npm test -- --only arm64`);
  const options = ['-d', '--no-show-raw-insn', '--demangle', object];
  return loopsOf(execFileSync('aarch64-linux-gnu-objdump', options, { encoding: 'utf8', maxBuffer: 1 << 28 }));
}
