// The loops in which a GEMM kernel multiplies keep their values in registers: a vector that is stored to the stack and
// loaded again in each step costs half the speed and changes no result, so that only the machine code shows it.
// Usage: node scripts/test/inner_loops.mjs [folder with object files, build/Release by default]
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { kernelObjects } from './kernel_symbols.mjs';

const GEMM_OF_X86 = /\/gemm_\w+_(avx2|avxvnni|avx512vnni|amx)\.(cc\.)?o$/;
const MULTIPLIES = /^(vpdpbusd|vpmaddwd|vfmadd\d+ps|tdpb[su]{2}d)/;
const VECTOR = /%[xyz]mm/;

/**
 * @typedef {{ address: number, text: string }} Instruction
 * @typedef {{ name: string, instructions: Instruction[] }} Routine
 */

/**
 * The functions in the output of `objdump -d --no-show-raw-insn --demangle`.
 * @param {string} output
 * @returns {Routine[]}
 */
export function routines(output) {
  const found = [];
  for (const line of output.split('\n')) {
    const head = /^[0-9a-f]+ <(.*)>:$/.exec(line);
    if (head !== null) found.push({ name: head[1], instructions: [] });
    const instruction = /^\s+([0-9a-f]+):\s+(\S.*)$/.exec(line);
    if (instruction !== null)
      found.at(-1)?.instructions.push({
        address: Number.parseInt(instruction[1], 16),
        text: instruction[2].replace('{vex} ', '').trim(),
      });
  }
  return found;
}

/** The address that a jump names; NaN for other instructions, and for jumps through a table or out of the function. */
const targetOf = (text) => Number.parseInt(/^j\w+\s+([0-9a-f]+)/.exec(text)?.[1] ?? '', 16);

/** True if the jump at `to` can be reached from `from` without leaving what lies between: code that was put aside jumps back too. */
function comesBack(instructions, { from, to }) {
  const order = new Map(instructions.map(({ address }, index) => [address, index]));
  const [seen, open] = [new Set(), [order.get(from)]];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const { address, text } = instructions[index];
    if (address === to) return true;
    if (seen.has(index)) continue;
    seen.add(index);
    const target = targetOf(text);
    if (target >= from && target <= to && order.has(target)) open.push(order.get(target));
    if (!/^(notrack )?(jmp|ret)/.test(text) && index + 1 < instructions.length) open.push(index + 1);
  }
  return false;
}

/** From the target of each jump backwards to the jump, without the loops that hold another one. */
function innermostLoops({ instructions }) {
  const first = instructions[0]?.address ?? 0;
  const loops = instructions
    .map(({ address, text }) => ({ from: targetOf(text), to: address }))
    .filter(({ from, to }) => from >= first && from <= to && comesBack(instructions, { from, to }));
  const holds = (outer, inner) =>
    outer.from <= inner.from && inner.to <= outer.to && (outer.from < inner.from || inner.to < outer.to);
  return loops.filter((loop) => !loops.some((other) => holds(loop, other)));
}

/** True for a vector instruction with an operand on the stack; rbp counts where the function makes it a frame pointer. */
function touchesStack(text, hasFrame) {
  return VECTOR.test(text) && (/\(%rsp[,)]/.test(text) || (hasFrame && /\(%rbp[,)]/.test(text)));
}

/**
 * The innermost loops of a function that multiply, each with the vector instructions that use the stack.
 * @param {Routine} routine
 */
export function multiplyingLoops(routine) {
  const { instructions } = routine;
  const hasFrame = instructions.some(({ text }) => /^(mov\s+%rsp|lea\s+\S*\(%rsp\)),%rbp/.test(text));
  return innermostLoops(routine)
    .map(({ from, to }) => instructions.filter(({ address }) => address >= from && address <= to))
    .filter((body) => body.some(({ text }) => MULTIPLIES.test(text)))
    .map((body) => ({
      address: body[0].address,
      spills: body.filter(({ text }) => touchesStack(text, hasFrame)).map(({ text }) => text),
    }));
}

/** What is wrong in one object file, and the number of loops that were looked at. */
function inspect(file) {
  const output = execFileSync('objdump', ['-d', '--no-show-raw-insn', '--demangle', file], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const problems = [];
  let loops = 0;
  for (const routine of routines(output))
    for (const { address, spills } of multiplyingLoops(routine)) {
      loops++;
      if (spills.length > 0)
        problems.push(
          `${path.basename(file)}: ${routine.name}: the loop at ${address.toString(16)} uses the stack ` +
            `${spills.length} times, first by ${spills[0]}`,
        );
    }
  if (loops === 0) problems.push(`${path.basename(file)}: no loop that multiplies`);
  return { loops, problems };
}

function main() {
  if (process.arch !== 'x64') {
    console.log('inner loops: only those of x86 are known');
    return;
  }
  const folder = process.argv[2] ?? path.join('build', 'Release');
  const objects = kernelObjects(folder).filter((file) => GEMM_OF_X86.test(file));
  const reports = objects.map(inspect);
  const problems = reports.flatMap((report) => report.problems);
  if (objects.length === 0) problems.push(`no object file of a GEMM kernel in ${folder}`);
  for (const problem of problems) console.error(problem);
  const loops = reports.reduce((sum, report) => sum + report.loops, 0);
  console.log(`${loops} inner loops in ${objects.length} object files, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (process.argv[1]?.endsWith('inner_loops.mjs')) main();
