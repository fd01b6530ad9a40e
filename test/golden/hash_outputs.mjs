// The hash of an operation's outputs.
import { createHash } from 'node:crypto';

/** NaN as one bit pattern: which one an operation gives is the CPU's choice, and the only thing that is. */
function withOneNaN(output) {
  if (!(output instanceof Float32Array)) return output;
  const words = new Uint32Array(output.slice().buffer);
  for (let i = 0; i < words.length; i++) if (Number.isNaN(output[i])) words[i] = 0x7fc00000;
  return words;
}

/**
 * SHA-256 over the bytes of outputs, in their order.
 * @param {readonly ArrayBufferView[]} outputs
 */
export function hashOutputs(outputs) {
  const hash = createHash('sha256');
  for (const output of outputs) hash.update(withOneNaN(output));
  return hash.digest('hex');
}
