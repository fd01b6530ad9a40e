// Valid arguments of the codec of octavo/turboquant, for the fuzzer.
const KINDS = ['matchedNorm', 'minMse', 'unbiased', 'paper'];
const options = (random) => ({
  dim: random.pick([8, 13, 32]),
  bits: random.integer(1, 8),
  scale: random.pick([undefined, ...KINDS]),
  scaleType: random.pick([undefined, 'float16']),
  seed: random.pick([undefined, 3, 3n]),
});
const vectors = (dim, count) => ({
  type: 'float32',
  dims: [count, dim],
  data: new Float32Array(count * dim).fill(0.3),
  strides: undefined,
});

/** A codec, vectors, their codes, and now and then what only looks like codes. */
function madeBy({ TurboQuant }, random) {
  const codec = new TurboQuant(options(random));
  const x = vectors(codec.format.dim, random.integer(0, 3));
  const codes = codec.encode(x);
  const given = random.chance(0.05) ? Object.create(codes, { format: { value: Symbol('format') } }) : codes;
  return { codec, x, codes, given };
}

const out = (random, length) => random.pick([undefined, {}, { out: new Float32Array(length), signal: undefined }]);

/** Calls of a codec's methods, whose arguments `take` chooses. */
const method = (turboquant, name, take) => (random) => {
  const made = madeBy(turboquant, random);
  return [(...args) => made.codec[name](...args), take(made, random)];
};
const decoding = ({ codes, given, x }, random) => [given, out(random, codes.count * x.dims[1])];
const scoring = ({ codes, given, x }, random) => [given, x, out(random, codes.count ** 2)];
const turning = ({ x }, random) => [x, out(random, x.data.length)];
const TAKEN = {
  encode: ({ x }) => [x],
  encodeAsync: ({ x }, random) => [x, random.pick([undefined, { signal: undefined }])],
  encodeInto: ({ x, given }) => [x, given],
  decode: decoding,
  decodeAsync: decoding,
  score: scoring,
  scoreAsync: scoring,
  rotate: turning,
  rotateBack: turning,
};

export function codecCalls(turboquant) {
  const { TurboQuant, Codes } = turboquant;
  const codesOf = (random) => madeBy(turboquant, random).codes;
  const methods = Object.entries(TAKEN).map(([name, take]) => [`TurboQuant.${name}`, method(turboquant, name, take)]);
  return {
    ...Object.fromEntries(methods),
    TurboQuant: (random) => [(...args) => new TurboQuant(...args).bitsPerValue, [options(random)]],
    Codes(random) {
      const { format, planes, scales } = codesOf(random);
      return [(...args) => new Codes(...args).toBytes(), [{ ...format }, planes.slice(), scales.slice()]];
    },
    'Codes.fromStream'(random) {
      const codes = codesOf(random);
      return [Codes.fromStream, [{ ...codes.format }, codes.toStream(), codes.scales.slice()]];
    },
    'Codes.fromBytes': (random) => [(bytes) => Codes.fromBytes(bytes).toStream(), [codesOf(random).toBytes()]],
    'Codes.slice'(random) {
      const codes = codesOf(random);
      return [(...args) => codes.slice(...args).count, [0, codes.count]];
    },
  };
}
