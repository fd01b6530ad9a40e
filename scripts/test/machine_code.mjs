// The innermost loops of disassembled functions, and what of them is on the stack.

/**
 * @typedef {{ address: number, text: string }} Instruction
 * @typedef {{ name: string, instructions: Instruction[] }} Routine
 */

/**
 * What differs between architectures.
 * @typedef {object} InstructionSet
 * @property {(text: string) => number} targetOf the address that a jump names; NaN for other instructions, and for jumps
 *   through a table or out of the function
 * @property {RegExp} ends what nothing after it is reached from
 * @property {RegExp} multiplies
 * @property {RegExp} makesFrame makes a register a frame pointer, which is another way to the stack
 * @property {(text: string, hasFrame: boolean) => boolean} touchesStack
 */

const VECTOR = /%[xyz]mm/;

/** @type {InstructionSet} */
export const X86 = {
  targetOf: (text) => Number.parseInt(/^j\w+\s+([0-9a-f]+)/.exec(text)?.[1] ?? '', 16),
  ends: /^(notrack )?(jmp|ret)/,
  multiplies: /^(vpdpbusd|vpmaddwd|vfmadd\d+ps|vmulpd|tdpb[su]{2}d)/,
  makesFrame: /^(mov\s+%rsp|lea\s+\S*\(%rsp\)),%rbp/,
  touchesStack: (text, hasFrame) =>
    VECTOR.test(text) && (/\(%rsp[,)]/.test(text) || (hasFrame && /\(%rbp[,)]/.test(text))),
};

/** @type {InstructionSet} */
export const AARCH64 = {
  targetOf: (text) =>
    Number.parseInt(/^(?:b|b\.\w+|[ct]bn?z)\s+(?:[wx]\d+, (?:#\d+, )?)?([0-9a-f]+)/.exec(text)?.[1] ?? '', 16),
  ends: /^(b|br|ret)(\s|$)/,
  multiplies: /^(([su]mull2?|[su]mlal2?|(us|su|[su])dot|(us|[su])mmla|fmla)\s+v\d+\.|fmul\s+v\d+\.2d)/,
  makesFrame: /^(mov\s+x29, sp|add\s+x29, sp,)/,
  touchesStack: (text, hasFrame) => /\[sp[,\]]/.test(text) || (hasFrame && /\[x29[,\]]/.test(text)),
};

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
        text: instruction[2]
          .replace('{vex} ', '')
          .replace(/\s*\/\/.*/, '')
          .trim(),
      });
  }
  return found;
}

/** True if the jump at `to` can be reached from `from` without leaving what lies between: code that was put aside jumps back too. */
function comesBack({ instructions }, { from, to }, { targetOf, ends }) {
  const order = new Map(instructions.map(({ address }, index) => [address, index]));
  const [seen, open] = [new Set(), [order.get(from)]];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const { address, text } = instructions[index];
    if (address === to) return true;
    if (seen.has(index)) continue;
    seen.add(index);
    const target = targetOf(text);
    if (target >= from && target <= to && order.has(target)) open.push(order.get(target));
    if (!ends.test(text) && index + 1 < instructions.length) open.push(index + 1);
  }
  return false;
}

/** From the target of each jump backwards to the jump, without the loops that hold another one. */
function innermostLoops(routine, set) {
  const first = routine.instructions[0]?.address ?? 0;
  const loops = routine.instructions
    .map(({ address, text }) => ({ from: set.targetOf(text), to: address }))
    .filter((loop) => loop.from >= first && loop.from <= loop.to && comesBack(routine, loop, set));
  const holds = (outer, inner) =>
    outer.from <= inner.from && inner.to <= outer.to && (outer.from < inner.from || inner.to < outer.to);
  return loops.filter((loop) => !loops.some((other) => holds(loop, other)));
}

/**
 * The innermost loops of a function that multiply, each with the instructions that use the stack.
 * @param {Routine} routine
 * @param {InstructionSet} set
 * @returns {{ address: number, body: string[], spills: string[] }[]}
 */
export function multiplyingLoops(routine, set) {
  const { instructions } = routine;
  const hasFrame = instructions.some(({ text }) => set.makesFrame.test(text));
  return innermostLoops(routine, set)
    .map(({ from, to }) => instructions.filter(({ address }) => address >= from && address <= to))
    .filter((body) => body.some(({ text }) => set.multiplies.test(text)))
    .map((body) => ({
      address: body[0].address,
      body: body.map(({ text }) => text),
      spills: body.map(({ text }) => text).filter((text) => set.touchesStack(text, hasFrame)),
    }));
}
