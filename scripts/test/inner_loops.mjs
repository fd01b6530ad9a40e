// The loops in which a GEMM kernel multiplies keep their values in registers: a vector that is stored to the stack and
// loaded again in each step costs half the speed and changes no result, so that only the machine code shows it.
// Usage: node scripts/test/inner_loops.mjs [folder with object files, build/Release by default] [their architecture]
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { kernelObjects } from './kernel_symbols.mjs';
import { AARCH64, multiplyingLoops, routines, X86 } from './machine_code.mjs';

const GEMM = /\/gemm_\w+_(?!scalar)\w+\.(cc\.)?o$/;
const SETS = { x64: X86, arm64: AARCH64 };
const CROSS_OBJDUMP = { x64: 'x86_64-linux-gnu-objdump', arm64: 'aarch64-linux-gnu-objdump' };

/** What is wrong in one object file, and the number of loops that were looked at. */
function inspect(file, architecture) {
  const objdump = architecture === process.arch ? 'objdump' : CROSS_OBJDUMP[architecture];
  const output = execFileSync(objdump, ['-d', '--no-show-raw-insn', '--demangle', file], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const problems = [];
  let loops = 0;
  for (const routine of routines(output))
    for (const { address, spills } of multiplyingLoops(routine, SETS[architecture])) {
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
  const [folder = path.join('build', 'Release'), architecture = process.arch] = process.argv.slice(2);
  if (!(architecture in SETS)) {
    console.log(`inner loops: those of ${architecture} are not known`);
    return;
  }
  const objects = kernelObjects(folder).filter((file) => GEMM.test(file));
  const reports = objects.map((file) => inspect(file, architecture));
  const problems = reports.flatMap((report) => report.problems);
  if (objects.length === 0) problems.push(`no object file of a GEMM kernel in ${folder}`);
  for (const problem of problems) console.error(problem);
  const loops = reports.reduce((sum, report) => sum + report.loops, 0);
  console.log(`${loops} inner loops in ${objects.length} object files, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (process.argv[1]?.endsWith('inner_loops.mjs')) main();
