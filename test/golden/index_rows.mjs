// Golden rows of VectorIndex: ids and scores. `row` and `product` are those of rows.mjs.

export function indexRows(row, product) {
  const forms = [1, 2, 3, 4, 5, 6, 7, 8, 'int8', 'float32'];
  return product([8, 100, 128, 300], forms, ['ip', 'cosine', 'l2']).map(([dim, bits, metric]) =>
    row('VectorIndex', [`[300,${dim}]`, `${bits}`, metric], ({ turboquant: { VectorIndex } }, values) => {
      const index = new VectorIndex({ dim, bits, metric, keep: 'float16', seed: 3 });
      index.add(values.floats(300 * dim, 12));
      index.remove([7, 70, 250]);
      const queries = values.floats(7 * dim, 12);
      const [plain, exact] = [index.search(queries, 9), index.search(queries, 9, { rerank: 2 })];
      return [plain.ids, plain.scores, exact.ids, exact.scores];
    }),
  );
}
