// Calls of octavo/checkpoint for the fuzzer of the facade. To be made in a folder that may be written to.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const checkpoint = require('../../dist/lib/checkpoint');
const { Tensor } = require('../../dist/lib');

const { convertCheckpoint, openCheckpoint, openSafetensors, readSafetensors, SafetensorsWriter, writeSafetensors } =
  checkpoint;

/** Uses something that has to be closed. */
async function using(open, use) {
  const opened = open();
  try {
    return await use(opened);
  } finally {
    (opened.close ?? opened.abort).call(opened);
  }
}

const PLANS = [
  { name: 'w', dtype: 'F32', dims: [4, 3], attached: undefined },
  { name: 't', dtype: 'U8', dims: [9], late: true },
];

const x = (length) => Float32Array.from({ length }, (_, i) => Math.sin(i));
const MODEL = 'model.safetensors';
const fileName = (random) => random.pick([MODEL, MODEL, 'absent']);
const withReader = (use) => using(() => openSafetensors(MODEL), use);

const CALLS = {
  openSafetensors: (random) => [
    (path) =>
      using(
        () => openSafetensors(path),
        () => 1,
      ),
    [fileName(random)],
  ],
  readSafetensors: (random) => [readSafetensors, [fileName(random)]],
  'SafetensorsReader.read': () => [
    (...args) => withReader((reader) => reader.read(...args)),
    ['a.weight', { rows: [1, 3] }],
  ],
  'SafetensorsReader.readInto': () => [
    (...args) => withReader((reader) => reader.readInto(...args)),
    ['a.weight', new Uint8Array(8), 4],
  ],
  'SafetensorsWriter.create': (random) => [
    (...args) =>
      using(
        () => SafetensorsWriter.create(...args),
        () => 1,
      ),
    [
      random.pick(['w.safetensors', 'w.safetensors.index.json']),
      structuredClone(PLANS),
      { metadata: new Map([['a', 'b']]), maxShardBytes: undefined },
    ],
  ],
  'SafetensorsWriter.write': () => [
    (...args) =>
      using(
        () => SafetensorsWriter.create('w.safetensors', PLANS),
        (writer) => writer.write(...args),
      ),
    ['w', new Float32Array(3), 12],
  ],
  convertCheckpoint: (random) => [
    convertCheckpoint,
    [
      fileName(random),
      random.pick(['out.safetensors', 'out.safetensors.index.json', 'out/']),
      { format: random.pick(['nf4', 'int4', 'float16']), exclude: ['x*'], threads: 2, onProgress: undefined },
    ],
  ],
  'Checkpoint.weight': (random) => [
    (...args) =>
      using(
        () => openCheckpoint(MODEL),
        (opened) => opened.weight(...args),
      ),
    [random.pick(['a.weight', 'b', 'c'])],
  ],
};

/** Valid arguments of each function, with the function. Writes the file that they read. */
export function checkpointCalls() {
  writeSafetensors(MODEL, [
    ['a.weight', new Tensor('float32', x(24), [4, 6])],
    ['b', new Tensor('float32', x(2), [2])],
  ]);
  return CALLS;
}
