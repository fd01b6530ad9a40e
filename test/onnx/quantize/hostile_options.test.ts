// quantize() refuses what makes no sense with errors of its own, before it does anything.
import { describe, expect, it } from 'vitest';
import { isOctavoError } from '../../../lib/errors';
import { modelBytes } from '../../../lib/onnx';
import { quantize } from '../../../lib/onnx/quantize';
import { tinyMlp } from './tiny_models';

const model = modelBytes(tinyMlp(4, 8));
const HOSTILE: readonly unknown[] = [
  null,
  '',
  'x'.repeat(1e4),
  -1,
  Number.NaN,
  1e308,
  2n ** 70n,
  true,
  Symbol('s'),
  [],
  {},
  () => 3,
];
const NAMES = [
  ...[
    'mode',
    'target',
    'calibration',
    'method',
    'policy',
    'samples',
    'preprocess',
    'exclude',
    'overrides',
    'weightFormat',
    'block',
  ],
  ...[
    'weightOperators',
    'io',
    'format',
    'activations',
    'evaluate',
    'maxDrop',
    'minSqnr',
    'inputRange',
    'normalize',
    'smoothQuant',
  ],
  ...['threads', 'signal'],
];

/** What the call threw; undefined if it did not. */
async function outcome(call: () => Promise<unknown>): Promise<unknown> {
  return call().then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('hostile options', () => {
  it.each(NAMES)('%s', async (name) => {
    for (const value of HOSTILE) {
      const error = await outcome(() => quantize(model, { measure: false, [name]: value } as never));
      if (error !== undefined && !isOctavoError(error)) throw new Error(`${name} = ${String(value)}`, { cause: error });
    }
  });

  it('and sources', async () => {
    for (const value of [...HOSTILE, new Uint8Array(0), new Uint8Array(64).fill(255), model.subarray(0, 90)]) {
      const error = await outcome(() => quantize(value as never));
      expect(isOctavoError(error), `${String(value).slice(0, 40)}: ${String(error)}`).toBe(true);
    }
  });
});
