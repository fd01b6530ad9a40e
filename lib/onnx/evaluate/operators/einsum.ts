// Einsum.
import { productOf } from '../../../tensor/tensor';
import type { Call } from '../call';
import { encode, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { stridesOf } from '../strided';

interface Equation {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/** Letters of a term, an ellipsis as numbered axes counted from the last. */
function lettersOf(call: Call, term: string, rank: number): string[] {
  const named = term.replace('...', '').length;
  if (term.replace('...', '').match(/^[A-Za-z]*$/) === null)
    call.fail(`the term '${term}' is not understood`, 'ERR_UNSUPPORTED');
  const hidden = term.includes('...') ? rank - named : 0;
  const open = Array.from({ length: Math.max(hidden, 0) }, (_, i) => `.${hidden - 1 - i}`);
  const [before, after = ''] = term.split('...');
  return [...before!, ...open, ...after];
}

function equationOf(call: Call): Equation {
  const text = call.string('equation', '').replaceAll(' ', '');
  const [left, right] = text.split('->');
  const terms = left!.split(',');
  if (terms.length !== call.inputs.length)
    call.fail(`'${text}' has ${terms.length} terms for ${call.inputs.length} inputs`);
  const inputs = terms.map((term, i) => lettersOf(call, term, call.dims(i).length));
  inputs.forEach((letters, i) => {
    if (letters.length !== call.dims(i).length)
      call.fail(`the term '${terms[i]}' does not fit [${call.dims(i).join(', ')}]`);
  });
  const open = [...new Set(inputs.flat().filter((letter) => letter.startsWith('.')))].sort().reverse();
  const once = [...new Set(inputs.flat())].filter(
    (letter) => !letter.startsWith('.') && inputs.flat().filter((other) => other === letter).length === 1,
  );
  const output =
    right === undefined
      ? [...open, ...once.sort()]
      : lettersOf(call, right, right.replace('...', '').length + open.length);
  return { inputs, output };
}

const MOST_TERMS = 2 ** 36;

/** Sums of products over all letters that are not in the output, in double. */
const einsum: Operator = (call) => {
  const { inputs, output } = equationOf(call);
  const lengths = new Map<string, number>();
  inputs.forEach((letters, i) => {
    letters.forEach((letter, axis) => {
      const [length, old] = [call.dims(i)[axis]!, lengths.get(letter) ?? 1];
      if (old !== 1 && length !== 1 && old !== length) call.fail(`'${letter}' stands for ${old} and for ${length}`);
      lengths.set(letter, Math.max(old, length));
    });
  });
  for (const letter of output) if (!lengths.has(letter)) call.fail(`its output has an unknown '${letter}'`);
  const summed = [...lengths.keys()].filter((letter) => !output.includes(letter));
  const letters = [...output, ...summed];
  if (productOf([...lengths.values()]) > MOST_TERMS)
    call.fail('it has more terms than can be summed here', 'ERR_UNSUPPORTED');
  const type = call.type(0);
  const dims = output.map((letter) => lengths.get(letter)!);
  const out = scratch(type, dims) as Float32Array;
  const steps = inputs.map((own, i) => letters.map((letter) => strideOf(own, call.dims(i), letter)));
  const arrays = inputs.map((_, i) => call.numbers(i));
  sumProducts(
    arrays,
    steps,
    letters.map((letter) => lengths.get(letter)!),
    out,
  );
  return [encode(type, dims, out)];
};

function strideOf(own: readonly string[], dims: readonly number[], letter: string): number {
  const strides = stridesOf(dims);
  return own.reduce((sum, other, axis) => sum + (other === letter && dims[axis] !== 1 ? strides[axis]! : 0), 0);
}

type Arrays = readonly ArrayLike<number>[];

/** Each output gets as many consecutive terms as the summed letters have values: they come last. */
function sumProducts(
  arrays: Arrays,
  steps: readonly (readonly number[])[],
  lengths: readonly number[],
  out: Float32Array,
): void {
  const total = productOf(lengths);
  if (total === 0) return;
  const terms = total / out.length;
  const index = lengths.map(() => 0);
  const at = arrays.map(() => 0);
  for (let o = 0; o < out.length; o++) {
    let sum = 0;
    for (let t = 0; t < terms; t++) {
      let product = 1;
      for (let i = 0; i < arrays.length; i++) product *= arrays[i]![at[i]!]!;
      sum += product;
      for (let axis = lengths.length - 1; axis >= 0; axis--) {
        const back = ++index[axis]! === lengths[axis]!;
        if (back) index[axis] = 0;
        for (let i = 0; i < at.length; i++) at[i]! += steps[i]![axis]! * (back ? 1 - lengths[axis]! : 1);
        if (!back) break;
      }
    }
    out[o] = sum;
  }
}

export const EINSUM: Family = { Einsum: row(12, einsum) };
