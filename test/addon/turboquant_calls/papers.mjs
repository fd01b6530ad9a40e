// Valid arguments of the updates and the papers' codes of octavo/turboquant, for the fuzzer.
const vectors = (dim, count) => ({
  type: 'float32',
  dims: [count, dim],
  data: new Float32Array(count * dim).fill(0.3),
  strides: undefined,
});
const sketching = (random) => ({
  dim: random.pick([16, 32]),
  matrix: random.pick([undefined, 'gaussian', 'orthogonal']),
  seed: random.pick([undefined, 3, 3n]),
});

export function updateCalls({ encodeUpdate, freshSeed, meanOfUpdates, updateSeed }) {
  const options = (random) => ({
    bits: random.integer(1, 8),
    dim: random.pick([8, 13]),
    seed: random.pick([undefined, 5, 5n]),
  });
  return {
    encodeUpdate: (random) => [encodeUpdate, [new Float32Array(random.integer(0, 30)).fill(0.3), options(random)]],
    meanOfUpdates(random) {
      const length = random.integer(1, 30);
      const updates = [1, 2].map((seed) =>
        encodeUpdate(new Float32Array(length).fill(0.3), { ...options(random), seed }),
      );
      return [meanOfUpdates, [updates, length, random.pick([undefined, { weights: [1, 2] }])]];
    },
    updateSeed: () => [updateSeed, [3, 4]],
    freshSeed: () => [(bits) => freshSeed(bits), []],
  };
}

function sketchCalls({ Qjl, TurboQuantProd }) {
  return {
    Qjl(random) {
      const made = sketching(random);
      const options = { ...made, rows: random.pick([undefined, 7]) };
      const x = vectors(made.dim, random.integer(0, 3));
      const run = (how, keys, queries) => {
        const qjl = new Qjl(how);
        return qjl.estimate(qjl.sketch(keys), queries);
      };
      return [run, [options, x, vectors(made.dim, 2)]];
    },
    'Qjl.estimate'(random) {
      const qjl = new Qjl({ dim: 16 });
      const sketches = qjl.sketch(vectors(16, random.integer(0, 3)));
      return [(...args) => qjl.estimate(...args), [{ ...sketches }, vectors(16, 2)]];
    },
    TurboQuantProd(random) {
      const options = { ...sketching(random), bits: random.integer(1, 8) };
      const x = vectors(options.dim, random.integer(0, 3));
      const run = (how, keys, queries) => {
        const codec = new TurboQuantProd(how);
        return codec.score(codec.encode(keys), queries);
      };
      return [run, [options, x, vectors(options.dim, 2)]];
    },
    'TurboQuantProd.score'(random) {
      const codec = new TurboQuantProd({ dim: 16, bits: random.integer(1, 3) });
      const codes = codec.encode(vectors(16, 2));
      return [(...args) => codec.score(...args), [{ ...codes, rest: { ...codes.rest } }, vectors(16, 2)]];
    },
  };
}

export function paperCalls(turboquant) {
  const { PolarQuant } = turboquant;
  return {
    ...sketchCalls(turboquant),
    PolarQuant(random) {
      const options = { dim: random.pick([16, 48]), bits: random.pick([undefined, [4, 2, 2, 2]]), seed: 3 };
      const run = (how, x) => new PolarQuant(how).encode(x);
      return [run, [options, vectors(options.dim, random.integer(0, 3))]];
    },
    'PolarQuant.decode'(random) {
      const polar = new PolarQuant({ dim: 16, bits: [2, 1, 1, 1] });
      const codes = polar.encode(vectors(16, random.integer(0, 3)));
      return [(value) => polar.decode(value), [{ ...codes }]];
    },
  };
}
