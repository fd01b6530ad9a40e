// Golden rows of GPTQ. `row` and `product` are those of rows.mjs.

const FORMATS = [
  { format: 'int4', group: 32 },
  { format: 'uint4', group: 100 },
  { format: 'int8', group: 'channel' },
  { format: 'nf4', group: 64 },
  { format: 'fp4', group: 30 },
];

export function gptqRows(row, product) {
  return product([67, 200], FORMATS).map(([k, options]) =>
    row('GPTQ', [`[9,${k}]`, options.format, `groups of ${options.group}`], ({ Tensor, weights }, values) => {
      const gram = new weights.GramMatrix(k).add(new Tensor('float32', values.floats(3 * k * k, 13), [3 * k, k]));
      const weight = new Tensor('float32', values.floats(9 * k, 15), [9, k]);
      const result = weights.quantizeWeight(weight, { ...options, method: 'gptq', gram });
      return [weights.dequantizeWeight(result)];
    }),
  );
}
