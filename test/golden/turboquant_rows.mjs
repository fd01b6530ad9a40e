// Golden rows of octavo/turboquant. `row` and `product` are those of rows.mjs.

const DIMS = [8, 13, 64, 100, 128, 300, 768, 1000, 4096];
const KINDS = ['matchedNorm', 'minMse', 'unbiased', 'paper'];

export function turboquantRows(row, product) {
  const rotations = DIMS.map((dim) =>
    row('TurboQuant rotates', [`[3,${dim}]`], ({ Tensor, turboquant: { TurboQuant } }, values) => {
      const codec = new TurboQuant({ dim, bits: 1, seed: 2n ** 63n + 5n });
      const turned = codec.rotate(new Tensor('float32', values.floats(3 * dim, 9), [3, dim]));
      return [turned.data, codec.rotateBack(turned).data];
    }),
  );
  const codecs = product(DIMS, [1, 2, 3, 4, 5, 6, 7, 8]).map(([dim, bits]) => {
    const [scale, scaleType] = [KINDS[(dim + bits) % 4], bits % 2 === 0 ? 'float16' : 'float32'];
    const parts = [`[6,${dim}]`, `${bits} bits`, scale, scaleType];
    return row('TurboQuant', parts, ({ Tensor, turboquant: { TurboQuant, Codes } }, values) => {
      const codec = new TurboQuant({ dim, bits, scale, scaleType, seed: bits });
      const x = values.floats(6 * dim, 12);
      x.fill(0, dim, 2 * dim);
      const codes = codec.encode(new Tensor('float32', x, [6, dim]));
      const queries = new Tensor('float32', values.floats(2 * dim, 13), [2, dim]);
      const read = Codes.fromBytes(codes.toBytes());
      return [codes.planes, codes.toBytes(), codec.decode(read).data, codec.score(read, queries).data];
    });
  });
  return [...rotations, ...codecs];
}
