// Cycles that llvm-mca's model of a CPU takes for pieces of machine code, each repeated without end.
import { execFileSync } from 'node:child_process';

export const MCA = 'llvm-mca-19';

/** More extensions than each CPU has: the assembler alone minds them. */
const OPTIONS = ['-mtriple=aarch64-linux-gnu', '-mattr=+dotprod,+i8mm', '-json'];

/** Repetitions of a short and a long run: what they differ by has neither a beginning nor an end. */
const SHORT = 200;
const LONG = 600;

/** As assembly: a jump needs a label, which no other piece may have. */
function assembly(body, index) {
  const label = `.Lpiece${index}`;
  const lines = body.map((text) =>
    text.replace(/^((?:b|b\.\w+|[ct]bn?z)\s+(?:[wx]\d+, (?:#\d+, )?)?)[0-9a-f]+ <.*>$/, `$1${label}`),
  );
  return [`# LLVM-MCA-BEGIN ${index}`, `${label}:`, ...lines, '# LLVM-MCA-END', ''].join('\n');
}

/**
 * The cycles of each run, in the order of the pieces.
 * @param {string} output JSON
 * @param {number} count
 * @returns {number[]}
 */
export function totalCycles(output, count) {
  const regions = JSON.parse(output).CodeRegions;
  return Array.from({ length: count }, (_, index) => {
    const cycles = regions.find(({ Name }) => Name === `${index}`)?.SummaryView?.TotalCycles;
    if (!(cycles > 0)) throw new Error(`llvm-mca says nothing of piece ${index}`);
    return cycles;
  });
}

/**
 * Cycles that each piece takes once in its turn.
 * @param {string} cpu as llvm-mca calls it
 * @param {readonly (readonly string[])[]} pieces instructions as objdump prints them
 */
export function cyclesOf(cpu, pieces) {
  const input = pieces.map(assembly).join('');
  const [short, long] = [SHORT, LONG].map((iterations) => {
    const options = [...OPTIONS, `-mcpu=${cpu}`, `-iterations=${iterations}`, '-'];
    return totalCycles(
      execFileSync(MCA, options, { input, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'inherit'] }),
      pieces.length,
    );
  });
  return long.map((cycles, index) => (cycles - short[index]) / (LONG - SHORT));
}
