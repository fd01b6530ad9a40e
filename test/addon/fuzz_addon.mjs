// Child process: the raw addon under spoiled arguments. Arguments: seed, number of rounds. Prints what happened as JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { attentionArguments } from './attention_arguments.mjs';
import { indexCalls, indexOperations, makeIndex } from './fuzz_index_calls.mjs';
import { rowTableCalls } from './fuzz_row_table_calls.mjs';
import { Fuzzer } from './fuzzer.mjs';
import { gptqOperations } from './gptq_operations.mjs';
import { detach } from './hostile_values.mjs';
import { vectorHandles, vectorOperations } from './vector_arguments.mjs';

const require = createRequire(import.meta.url);
const { addon } = require('../../dist/lib/addon.js');
const { isOctavoError } = require('../../dist/lib/index.js');

const [seed, rounds] = process.argv.slice(2).map(Number);

// Outputs lie between guards, to see whether a call writes beside them.
const GUARD = 64;
const guarded = [];
function output(Class, length) {
  const bytes = new Uint8Array(length * Class.BYTES_PER_ELEMENT + 2 * GUARD).fill(0xa5);
  guarded.push(bytes);
  return new Class(bytes.buffer, GUARD, length);
}

function checkGuards() {
  for (const bytes of guarded.splice(0)) {
    const ends = bytes.length === 0 ? [] : [...bytes.subarray(0, GUARD), ...bytes.subarray(bytes.length - GUARD)];
    if (ends.some((byte) => byte !== 0xa5)) throw new Error('a call wrote beside its output');
  }
}

const sizes = (random) => ({ m: random.integer(0, 6), n: random.integer(0, 6), k: random.integer(0, 6) });
const layerSpec = (weights, n, type, output) => ({
  weights,
  weightScale: new Float32Array(n).fill(0.5),
  weightZeroPoint: null,
  inputScale: null,
  bias: new Float32Array(n),
  input: type === 'float32' ? null : { type, scale: 0.5, zeroPoint: 3 },
  output: { type: output, scale: 0.25, zeroPoint: 1 },
  activation: { kind: 'clip', low: -1, high: 1 },
});

/** A handle of a random kind: now and then disposed of, without its prototype, or behind another object. */
function handle(random, make) {
  const other = random.pick([
    () => addon.packInt8(new Int8Array(6), 2, 3, false),
    () => addon.packFloat32(new Float32Array(6), 2, 3, false),
    () => addon.packInt4(new Uint8Array(3), new Float32Array(3), null, 2, 3, 2, true),
    () => addon.packLut4(new Uint8Array(3), new Float32Array(16), new Float32Array(3), 2, 3, 2),
    () => addon.packFloat16(new Uint16Array(6), 2, 3, false, false),
  ]);
  const value = random.chance(0.1) ? other() : make();
  if (random.chance(0.05)) addon.dispose(value);
  if (random.chance(0.05)) Object.setPrototypeOf(value, null);
  if (random.chance(0.03)) return Object.create(value);
  if (random.chance(0.03)) return new Proxy(value, {});
  return value;
}

const packedOf = (n) => addon.packInt8(new Int8Array(3 * n), 3, n, true);
const layerOf = () => addon.createQuantizedLinear(layerSpec(packedOf(2), 2, 'int8', 'uint8'));

// Files are written wherever a spoiled path leads, so that this must not be the project's folder.
const folder = mkdtempSync(path.join(tmpdir(), 'octavo-fuzz-'));
process.chdir(folder);
process.on('exit', () => rmSync(folder, { recursive: true }));
addon.save(packedOf(2), 'weights.octavo');
addon.save(layerOf(), 'layer.octavo');
const rowTables = rowTableCalls({ addon, handle, output });
addon.save(addon.packHalfRows(new Uint16Array(6), 2, 3, false), 'table.octavo');
addon.saveIndex(makeIndex(addon, { pick: ([first]) => first, integer: (low) => low }), 'index.octavo');

const ARRAYS = { float32: Float32Array, float16: Uint16Array, int8: Int8Array, uint8: Uint8Array, int32: Int32Array };
const stride = (random, k) => k + random.pick([0, 0, 3]);
const strided = (m, k, step) => (m === 0 ? 0 : (m - 1) * step + k);

function channels(random) {
  const [count, inner, outer] = [random.integer(0, 4), random.integer(0, 4), random.integer(0, 3)];
  const params = [new Float32Array(count).fill(0.5), new Int32Array(count).fill(random.integer(0, 3)), inner];
  return { count, inner, params, length: count * inner * outer };
}

/** Arguments of packInt4: weights [n, k] in groups of 8, or of a whole row. */
function int4Of(random, n, k) {
  const group = random.pick([0, 8, k]);
  const count = n * (group === 0 ? Math.min(k, 1) : Math.ceil(k / group));
  const nibbles = new Uint8Array(Math.ceil((n * k) / 2)).fill(0x5a);
  const zeros = random.pick([null, new Int8Array(count).fill(3)]);
  return [nibbles, new Float32Array(count).fill(0.5), zeros, k, n, group, random.chance(0.5)];
}

/** Arguments of packInt8Groups: as int4Of, a value to a byte. */
function int8GroupsOf(random, n, k) {
  const [, scales, zeros, , , group] = int4Of(random, n, k);
  return [new Int8Array(n * k).fill(0x5a), scales, zeros, k, n, group];
}

/** The spec of a layer whose weights have scales of their own. */
function groupedSpec(random, { n, k, type }) {
  const weights = random.chance(0.5)
    ? addon.packInt4(...int4Of(random, n, k))
    : addon.packInt8Groups(...int8GroupsOf(random, n, k));
  const inputScale = random.pick([null, new Float32Array(k).fill(2)]);
  return { ...layerSpec(weights, n, 'float32', type), weightScale: null, inputScale };
}
/** Arguments of packLut4: weights [n, k] in blocks that may cross the ends of rows. */
function lut4Of(random, n, k) {
  const block = random.pick([1, 2, 8, 64]);
  const absmax = new Float32Array(Math.ceil((n * k) / block)).fill(0.5);
  return [new Uint8Array(Math.ceil((n * k) / 2)).fill(0x5a), new Float32Array(16).fill(0.25), absmax, k, n, block];
}
const float16Of = (random, n, k) => [new Uint16Array(k * n), k, n, random.chance(0.5), random.chance(0.5)];

/** Words of sketches that have seen nothing, or of none at all. */
const sketch = (random, count, bins) => {
  const words = output(BigUint64Array, count * (21 + bins));
  return random.chance(0.9) ? words.fill(0n) : words;
};
const counts = (random, bins) => BigUint64Array.from({ length: bins }, () => BigInt(random.pick([0, 3, 2 ** 53])));

const attention = attentionArguments(addon, output, handle);

/** Valid arguments of every operation that has an Async twin. The first argument is the one that a job must own. */
const OPERATIONS = {
  ...indexOperations(addon, { handle, output }),
  ...attention.operations,
  quantize(random) {
    const { params, length } = channels(random);
    return [new Float32Array(length).fill(1.5), output(random.pick([Int8Array, Uint8Array]), length), ...params];
  },
  dequantize(random) {
    const { params, length } = channels(random);
    return [new (random.pick([Int8Array, Uint8Array]))(length), output(Float32Array, length), ...params];
  },
  quantizeNibbles(random) {
    const { params, length } = channels(random);
    return [
      new Float32Array(length).fill(1.5),
      output(Uint8Array, Math.ceil(length / 2)),
      ...params,
      random.chance(0.5),
    ];
  },
  dequantizeNibbles(random) {
    const { params, length } = channels(random);
    return [new Uint8Array(Math.ceil(length / 2)), output(Float32Array, length), ...params, random.chance(0.5)];
  },
  quantizeWords(random) {
    const { params, length } = channels(random);
    return [new Float32Array(length).fill(1.5), output(Uint16Array, length), ...params, random.chance(0.5)];
  },
  dequantizeWords(random) {
    const { params, length } = channels(random);
    return [new Uint16Array(length), output(Float32Array, length), ...params, random.chance(0.5)];
  },
  measureDeviations(random) {
    const { count, params, length } = channels(random);
    const out = output(Float64Array, 9 * count);
    return [new Float32Array(length).fill(1.5), new Float32Array(length), ...params, -8, 7, out];
  },
  encodeCodebook(random) {
    const [count, block] = [random.integer(0, 300), random.pick([2, 64, 300])];
    const blocks = Math.ceil(count / block);
    const extra = random.chance(0.5) ? [null, null] : [output(Float32Array, 2 * blocks), output(Float64Array, 2)];
    const table = [new Float32Array(15), Uint8Array.from({ length: 16 }, (_, i) => i), new Float32Array(16)];
    const x = new Float32Array(count).fill(random.pick([0.3, 0, 1e38]));
    return [x, output(Uint8Array, Math.ceil(count / 2)), output(Float32Array, blocks), ...extra, ...table, block];
  },
  nestMagnitudes(random) {
    const count = random.integer(0, 600);
    const map = Float32Array.from({ length: 256 }, (_, i) => i / 128 - 1);
    const scales = output(Float32Array, Math.ceil(count / 256));
    return [new Float32Array(count).fill(0.3), map, output(Uint8Array, count), scales, output(Float32Array, 1)];
  },
  minMax(random) {
    const { count, inner, length } = channels(random);
    return [new Float32Array(length), output(Float32Array, 2 * count), output(Float64Array, 2), inner];
  },
  histogram(random) {
    const counts = output(BigUint64Array, random.pick([2, 8, 64]));
    return [
      new Float32Array(random.integer(0, 40)).fill(0.3),
      counts,
      output(BigUint64Array, 2),
      random.pick([1, 0.5, 1024]),
    ];
  },
  observeSketch(random) {
    const { count, inner, length } = channels(random);
    const bins = random.pick([2, 8, 64]);
    const x = new Float32Array(length).fill(0.3);
    if (random.chance(0.5)) return [x, sketch(random, count, bins), bins, inner, 0, 0];
    const blocks = length === 0 ? 0 : (length / count) * Math.ceil(count / 2);
    return [x, sketch(random, blocks, bins), bins, inner, count, 2];
  },
  entropyDivergences(random) {
    const [bins, levels] = [random.integer(1, 20), random.integer(1, 4)];
    return [counts(random, bins), output(Float64Array, Math.max(bins - levels + 1, 0)), levels];
  },
  expectedErrors(random) {
    const steps = new Float64Array(random.integer(0, 4)).fill(random.pick([0.01, 1, 7]));
    const out = output(Float64Array, steps.length);
    return [counts(random, 2 * random.integer(1, 8)), steps, out, 3, random.integer(0, 9), random.chance(0.5)];
  },
  searchAffine(random) {
    const steps = new Float64Array(random.integer(0, 4)).fill(random.pick([0.01, 1, 7]));
    return [counts(random, 2 * random.integer(1, 8)), steps, output(Float64Array, 3), random.integer(0, 300)];
  },
  ...gptqOperations(output),
  ...vectorOperations({ addon, handle, output }),
  ...rowTables.operations,
  matmulInt8(random) {
    const { m, n, k } = sizes(random);
    const [step, zeros] = [stride(random, k), random.pick([null, new Int32Array(1), new Int32Array(m)])];
    const b = handle(random, () => addon.packInt8(new Int8Array(k * n), k, n, random.chance(0.5)));
    const a = new (random.pick([Int8Array, Uint8Array]))(strided(m, k, step));
    return [a, b, output(Int32Array, m * n), m, step, zeros, random.pick([null, new Int32Array(n)])];
  },
  matmulFloat32(random) {
    const { m, n, k } = sizes(random);
    const step = stride(random, k);
    const b = handle(random, () => addon.packFloat32(new Float32Array(k * n), k, n, random.chance(0.5)));
    const bias = random.pick([null, new Float32Array(n)]);
    const activation = random.pick([[], [0, 0, 0], [1, 0, 1], [2, 0, 0]]);
    return [new Float32Array(strided(m, k, step)), b, output(Float32Array, m * n), m, step, bias, ...activation];
  },
  matmulLut4(random) {
    const { m, n, k } = sizes(random);
    const step = stride(random, k);
    const b = handle(random, () => addon.packLut4(...lut4Of(random, n, k)));
    const bias = random.pick([null, new Float32Array(n)]);
    const activation = random.pick([[], [0, 0, 0], [1, 0, 1], [2, 0, 0]]);
    return [new Float32Array(strided(m, k, step)), b, output(Float32Array, m * n), m, step, bias, ...activation];
  },
  matmulFloat16(random) {
    const { m, n, k } = sizes(random);
    const step = stride(random, k);
    const b = handle(random, () => addon.packFloat16(...float16Of(random, n, k)));
    const bias = random.pick([null, new Float32Array(n)]);
    const activation = random.pick([[], [0, 0, 0], [1, 0, 1], [2, 0, 0]]);
    return [new Float32Array(strided(m, k, step)), b, output(Float32Array, m * n), m, step, bias, ...activation];
  },
  dequantizeWeights(random) {
    const { n, k } = sizes(random);
    const make = random.pick([
      () => addon.packLut4(...lut4Of(random, n, k)),
      () => addon.packFloat16(...float16Of(random, n, k)),
    ]);
    return [handle(random, make), output(Float32Array, n * k)];
  },
  multiplyFloat32(random) {
    const { m, n, k } = sizes(random);
    const step = stride(random, k);
    const b = new Float32Array(k * n);
    return [new Float32Array(strided(m, k, step)), b, output(Float32Array, m * n), m, step, k, n];
  },
  quantizedLinear(random) {
    const { m, n, k } = sizes(random);
    const step = stride(random, k);
    const input = random.pick(['float32', 'int8', 'uint8']);
    const type = random.pick(['float32', 'float16', 'int32', 'int8', 'uint8']);
    const grouped = random.chance(0.4)
      ? groupedSpec(random, { n, k, type: type === 'int32' ? 'float32' : type })
      : null;
    const packed = addon.packInt8(new Int8Array(k * n), k, n, true);
    const layer = handle(random, () => addon.createQuantizedLinear(grouped ?? layerSpec(packed, n, input, type)));
    const x = new ARRAYS[random.pick([grouped === null ? input : 'float32', 'float32'])](strided(m, k, step));
    const between = stride(random, n);
    const residual = random.pick([null, new Float32Array(strided(m, n, between))]);
    return [x, layer, output(ARRAYS[grouped?.output.type ?? type], m * n), m, step, residual, between];
  },
  save: (random) => [handle(random, random.pick([() => packedOf(2), layerOf])), 'saved.octavo'],
  loadWeights: (random) => [random.pick(['weights.octavo', 'weights.octavo', 'layer.octavo']), random.chance(0.5)],
  loadLayer: (random) => [random.pick(['layer.octavo', 'layer.octavo', 'weights.octavo']), random.chance(0.5)],
  packInt8(random) {
    const { n, k } = sizes(random);
    return [new Int8Array(k * n), k, n, random.chance(0.5)];
  },
  packInt4(random) {
    const { n, k } = sizes(random);
    return int4Of(random, n, k * random.pick([1, 7]));
  },
  packInt8Groups(random) {
    const { n, k } = sizes(random);
    return int8GroupsOf(random, n, k * random.pick([1, 7]));
  },
  packLut4(random) {
    const { n, k } = sizes(random);
    return lut4Of(random, n, k * random.pick([1, 7]));
  },
  packFloat16(random) {
    const { n, k } = sizes(random);
    return float16Of(random, n, k);
  },
  packFloat32(random) {
    const { n, k } = sizes(random);
    return [new Float32Array(k * n), k, n, random.chance(0.5)];
  },
};

const shared = packedOf(3);

/** Valid arguments of everything else. */
const OTHERS = {
  ...indexCalls(addon, { handle }),
  ...rowTables.others,
  ...attention.others,
  ...vectorHandles,
  createQuantizedLinear(random) {
    const n = random.integer(0, 4);
    const grouped = groupedSpec(random, { n, k: 3, type: random.pick(['float32', 'int8']) });
    if (random.chance(0.3)) return [{ ...grouped, weights: handle(random, () => grouped.weights) }];
    const weights = handle(random, () => packedOf(n));
    return [
      layerSpec(
        weights,
        n,
        random.pick(['float32', 'int8', 'uint8']),
        random.pick(['float32', 'float16', 'int32', 'int8', 'uint8']),
      ),
    ];
  },
  packedShape: (random) => [handle(random, () => packedOf(2))],
  describeLayer: (random) => [handle(random, layerOf)],
  unpackFloat32(random) {
    const { n, k } = sizes(random);
    const weights = handle(random, () => addon.packFloat32(new Float32Array(k * n), k, n, true));
    return [weights, output(Float32Array, k * n)];
  },
  mergeSketch: (random) => [sketch(random, 2, 8), sketch(random, 2, 8), 8],
  checksum: (random) => [new Uint8Array(random.integer(0, 40))],
  share: (random) => [handle(random, () => packedOf(2))],
  openShared: () => [addon.share(shared)],
  weightBytes: () => [],
  latestJob: () => [],
  cancelJob: () => [2 ** 40, 'reason'], // which no job here has, see below
  handleBytes: (random) => [handle(random, () => packedOf(2))],
  dispose: (random) => [handle(random, () => packedOf(2))],
  isa: () => [],
  availableIsas: () => [],
  getThreads: () => [],
  setThreads: (random) => [random.integer(1, 4)],
  measurePeak: (random) => [random.pick(['int8', 'float32']), 0],
  allocateBytes: () => [100],
  // A call repeats its pass as often as it is told, so only the buffers are spoiled.
  readBytes: () => [new Uint8Array(100)],
  copyBytes: () => [new Uint8Array(100), output(Uint8Array, 100)],
};
const RUN = {
  // Numbers are spoiled to large ones, which would really be allocated.
  allocateBytes: (bytes) => addon.allocateBytes(typeof bytes === 'number' && bytes > 2 ** 16 ? 2 ** 53 - 1 : bytes),
  readBytes: (...args) => addon.readBytes(args[0], 2),
  copyBytes: (...args) => addon.copyBytes(args[0], args[1], 2),
};

// Those of GPUs need one: test/cuda/ calls them on an emulated one.
const functions = Object.keys(addon).filter(
  (name) => typeof addon[name] === 'function' && name !== 'initialize' && !name.startsWith('cuda'),
);
const untested = functions.filter((name) => !(name in OTHERS) && !(name.replace(/Async$/, '') in OPERATIONS));

// The small numbers among hostile values are ids of the first jobs: those have settled before any call is spoiled.
for (let job = 0; job < 8; job++) await addon.saveAsync(packedOf(2), 'saved.octavo');

const fuzzer = new Fuzzer(seed, isOctavoError);
for (let round = 0; round < rounds; round++) {
  for (const [name, args] of Object.entries({ ...OPERATIONS, ...OTHERS }))
    fuzzer.call(name, (random) => ({ run: RUN[name] ?? addon[name], args: args(random) }));
  for (const [name, args] of Object.entries(OPERATIONS)) {
    let first;
    const started = fuzzer.call(`${name}Async`, (random) => {
      const made = args(random);
      first = made[0];
      return { run: addon[`${name}Async`], args: made };
    });
    // A job owns its input: that it goes away at once must not matter.
    if (started instanceof Promise && ArrayBuffer.isView(first) && fuzzer.random.chance(0.3)) detach(first);
  }
  if (round % 20 === 19) {
    await fuzzer.settle();
    checkGuards();
  }
}
await fuzzer.settle();
checkGuards();
const { outcomes, violations } = fuzzer;
process.stdout.write(JSON.stringify({ untested, outcomes, violations: violations.slice(0, 20) }));
