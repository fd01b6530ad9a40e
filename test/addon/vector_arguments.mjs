// Valid arguments of the addon's calls for rotated vectors and their codes, for the fuzzer.

const PLANES = [[1], [2], [2, 1], [4], [4, 1], [4, 2], [4, 2, 1], [8]];
const planeBytes = (dim, bits) => PLANES[bits - 1].reduce((sum, width) => sum + Math.ceil((width * dim) / 8), 0);
const SLACK = 64;

const vectors = (random) => {
  const dim = random.pick([8, 13, 32]);
  return { dim, rows: random.integer(0, 4), stride: dim + random.pick([0, 0, 3]), bits: random.integer(1, 8) };
};
const floats = ({ dim, rows, stride }) => new Float32Array(rows === 0 ? 0 : (rows - 1) * stride + dim).fill(0.3);

/** Codes in planes and in streams. */
const conversions = (output) => ({
  codesToStream(random) {
    const { dim, rows, bits } = vectors(random);
    const codes = new Uint8Array(rows * planeBytes(dim, bits) + SLACK).fill(0x5a);
    return [codes, output(Uint8Array, rows * Math.ceil((dim * bits) / 8)), dim, bits, rows];
  },
  streamToCodes(random) {
    const { dim, rows, bits } = vectors(random);
    const codes = output(Uint8Array, rows * planeBytes(dim, bits) + SLACK);
    return [new Uint8Array(rows * Math.ceil((dim * bits) / 8)), codes, dim, bits, rows];
  },
});

/**
 * @param {{ addon: object, handle: Function, output: Function }} tools output makes an array between guards
 */
export function vectorOperations({ addon, handle, output }) {
  const rotationOf = (random, dim) => handle(random, () => addon.createRotation(dim, 1, 2, 0));
  const encoded = (random, { dim, rows, bits }) => [
    new Uint8Array(rows * planeBytes(dim, bits) + SLACK).fill(0x5a),
    new Float32Array(rows).fill(0.5),
    rotationOf(random, dim),
    bits,
  ];
  return {
    rotateVectors(random) {
      const made = vectors(random);
      const { dim, rows, stride } = made;
      const out = output(Float32Array, rows * dim);
      return [floats(made), rotationOf(random, dim), out, rows, stride, random.chance(0.5)];
    },
    encodeVectors(random) {
      const made = vectors(random);
      const { dim, rows, stride, bits } = made;
      const codes = output(Uint8Array, rows * planeBytes(dim, bits) + SLACK);
      const scales = output(Float32Array, rows);
      const how = [bits, random.integer(0, 3), random.chance(0.5)];
      return [floats(made), rotationOf(random, dim), codes, scales, stride, ...how];
    },
    decodeVectors(random) {
      const made = vectors(random);
      return [...encoded(random, made), output(Float32Array, made.rows * made.dim)];
    },
    scoreVectors(random) {
      const made = vectors(random);
      const count = random.integer(0, 3);
      const queries = floats({ ...made, rows: count });
      return [...encoded(random, made), queries, output(Float32Array, count * made.rows), count, made.stride];
    },
    ...conversions(output),
  };
}

export const vectorHandles = {
  createRotation: (random) => [random.integer(8, 70), random.integer(0, 9), random.integer(0, 9), 0],
};
