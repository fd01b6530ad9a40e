// Damaged models, made from valid ones by a seeded generator: each is read, or refused with octavo's own error, at once.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isOctavoError } from '../../../lib/errors';
import { attribute, Graph, Node } from '../../../lib/onnx/model';
import { readModel } from '../../../lib/onnx/read';
import { problemsOf } from '../../../lib/onnx/validate';
import { modelBytes } from '../../../lib/onnx/write';
import { Random } from '../../reference/random';
import { sharedFile } from '../files';
import { floats, info, ints, modelOf } from '../small_models';

const ROUNDS = Number(process.env.OCTAVO_FUZZ_ROUNDS ?? 4000);

/** Every kind of field: attributes, a graph within a node, initializers of two types, types with names. */
function seedModel(): Uint8Array {
  const branch = new Graph({
    name: 'branch',
    nodes: [new Node({ opType: 'Add', inputs: ['x', 'inner'], outputs: ['b'] })],
    outputs: [info('b', [2, 'n'])],
    initializers: new Map([['inner', floats([1], [3])]]),
  });
  const attributes = {
    ints: attribute.ints([1, -2n, 2n ** 62n]),
    text: attribute.string('linear'),
    alpha: attribute.float(0.5),
    value: attribute.tensor(ints([1, 2])),
    then_branch: attribute.graph(branch),
  };
  const nodes = [
    new Node({ name: 'if', opType: 'If', inputs: ['w', ''], outputs: ['h'], attributes }),
    new Node({ name: 'add', opType: 'Add', inputs: ['h', 'w'], outputs: ['y'] }),
  ];
  const initializers = new Map([
    ['w', floats([2, 3], [1, 2, 3, 4, 5, 6])],
    ['shape', ints([1, -1])],
  ]);
  const model = modelOf({ nodes, inputs: [info('x', [2, 'n'])], outputs: [info('y', [2, null])], initializers });
  model.metadata.set('key', 'value');
  return modelBytes(model);
}

const HOSTILE = [0x00, 0x01, 0x7f, 0x80, 0xff];

function damage(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.integer(0, bytes.length - 1);
  const kind = random.integer(0, 4);
  if (kind === 0) return bytes.slice(0, at);
  const copy = bytes.slice();
  if (kind === 1) copy[at] = copy[at]! ^ (1 << random.integer(0, 7));
  if (kind === 2) copy[at] = random.pick(HOSTILE);
  if (kind === 3) copy.fill(0xff, at, at + random.integer(1, 12));
  if (kind === 4) copy.copyWithin(at, random.integer(0, bytes.length - 1), bytes.length);
  return copy;
}

/** Reads, checks and writes again; the error's code where one is thrown. */
function codeOfUse(bytes: Uint8Array): string {
  try {
    const model = readModel(bytes);
    problemsOf(model);
    modelBytes(model.clone());
    return 'read';
  } catch (error) {
    if (!isOctavoError(error)) throw error;
    return error.code;
  }
}

function fuzz(seed: Uint8Array, rounds: number): Map<string, number> {
  const random = new Random(20261121);
  const codes = new Map<string, number>();
  for (let i = 0; i < rounds; i++) {
    let bytes = seed;
    for (let n = random.integer(1, 4); n > 0 && bytes.length > 0; n--) bytes = damage(bytes, random);
    const begin = performance.now();
    const code = codeOfUse(bytes);
    expect(performance.now() - begin).toBeLessThan(1000);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  return codes;
}

it('a small model with every kind of field', () => {
  const codes = fuzz(seedModel(), ROUNDS);
  expect([...codes.keys()].filter((code) => !['read', 'ERR_FILE', 'ERR_UNSUPPORTED'].includes(code))).toEqual([]);
  // Both outcomes are frequent, or the damage says little.
  expect(codes.get('read')).toBeGreaterThan(ROUNDS / 20);
  expect(codes.get('ERR_FILE')).toBeGreaterThan(ROUNDS / 4);
});

const mnist = sharedFile('mnist-onnx', 'mnist.onnx');
it.skipIf(mnist === undefined)('a real model (skipped: ../shared not present)', () => {
  const codes = fuzz(Uint8Array.from(readFileSync(mnist!)), ROUNDS / 20);
  expect([...codes.keys()].filter((code) => !['read', 'ERR_FILE', 'ERR_UNSUPPORTED'].includes(code))).toEqual([]);
});
