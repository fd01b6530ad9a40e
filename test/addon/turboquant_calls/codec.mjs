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

export function codecCalls({ TurboQuant, Codes }) {
  const made = (random) => {
    const codec = new TurboQuant(options(random));
    const x = vectors(codec.format.dim, random.integer(0, 3));
    const codes = codec.encode(x);
    const given = random.chance(0.05) ? Object.create(codes, { format: { value: Symbol('format') } }) : codes;
    return { codec, x, codes, given };
  };
  const out = (random, length) => random.pick([undefined, {}, { out: new Float32Array(length), signal: undefined }]);
  const coding = (name) => (random) => {
    const { codec, codes, given } = made(random);
    return [(...args) => codec[name](...args), [given, out(random, codes.count * codec.format.dim)]];
  };
  const scoring = (name) => (random) => {
    const { codec, x, codes, given } = made(random);
    return [(...args) => codec[name](...args), [given, x, out(random, codes.count ** 2)]];
  };
  const turning = (name) => (random) => {
    const { codec, x } = made(random);
    return [(...args) => codec[name](...args), [x, out(random, x.data.length)]];
  };
  return {
    TurboQuant: (random) => [(...args) => new TurboQuant(...args).bitsPerValue, [options(random)]],
    'TurboQuant.encode'(random) {
      const { codec, x } = made(random);
      return [(...args) => codec.encode(...args), [x]];
    },
    'TurboQuant.encodeAsync'(random) {
      const { codec, x } = made(random);
      return [(...args) => codec.encodeAsync(...args), [x, random.pick([undefined, { signal: undefined }])]];
    },
    'TurboQuant.encodeInto'(random) {
      const { codec, x, given } = made(random);
      return [(...args) => codec.encodeInto(...args), [x, given]];
    },
    'TurboQuant.decode': coding('decode'),
    'TurboQuant.decodeAsync': coding('decodeAsync'),
    'TurboQuant.score': scoring('score'),
    'TurboQuant.scoreAsync': scoring('scoreAsync'),
    'TurboQuant.rotate': turning('rotate'),
    'TurboQuant.rotateBack': turning('rotateBack'),
    Codes(random) {
      const { codes } = made(random);
      const { format, planes, scales } = codes;
      return [(...args) => new Codes(...args).toBytes(), [{ ...format }, planes.slice(), scales.slice()]];
    },
    'Codes.fromStream'(random) {
      const { codes } = made(random);
      return [Codes.fromStream, [{ ...codes.format }, codes.toStream(), codes.scales.slice()]];
    },
    'Codes.fromBytes': (random) => [(bytes) => Codes.fromBytes(bytes).toStream(), [made(random).codes.toBytes()]],
    'Codes.slice'(random) {
      const { codes } = made(random);
      return [(...args) => codes.slice(...args).count, [0, codes.count]];
    },
  };
}
