// Valid arguments of the addon's calls for attention and for caches of keys and values.

/** `output(Class, length)` gives arrays that are written, `handle(random, make)` the handles. */
export function attentionArguments(addon, output, handle) {
  const half = (length) => new Uint16Array(length).fill(0x3c00);
  const forms = (random) => ({
    heads: random.integer(1, 2),
    dim: random.pick([8, 16, 24]),
    tokens: random.integer(0, 3),
  });
  const rotation = (random, dim) => handle(random, () => addon.createRotation(dim, 1, 2, 0));
  /** Pages of 16 tokens with codes of 4 and 3 bits. */
  const layout = (heads) => [heads, 4, 3, 16];
  const pages = (heads, dim, count) =>
    Array.from({ length: count }, () => output(Uint8Array, heads * 16 * ((dim * 7) / 8 + 4)).fill(0x15));
  const numbers = (...values) => Float64Array.from(values.flat());

  const operations = {
    attentionFloat(random) {
      const { heads, dim, tokens } = forms(random);
      const rows = tokens + random.integer(0, 3);
      const cache = () => (random.chance(0.5) ? half(rows * heads * dim) : new Float32Array(rows * heads * dim));
      const [queries, out] = [
        new Float32Array(tokens * 2 * heads * dim),
        output(Float32Array, tokens * 2 * heads * dim),
      ];
      return [queries, cache(), cache(), out, numbers(tokens, rows, 2 * heads, heads, dim, 0.5, random.integer(0, 1))];
    },
  };
  const others = {
    attendKv(random) {
      const { heads, dim, tokens } = forms(random);
      const [first, rows] = [random.integer(0, 5), random.integer(0, 30)];
      const [sinks, window] = [half(2 * heads * 3 * dim), half(2 * heads * 4 * dim)];
      const balance = random.pick([null, new Float32Array(heads * dim).fill(2)]);
      const of = [first, rows, 2, 1, 3, tokens, 2 * heads, 0.5, random.integer(0, 1)];
      const queries = new Float32Array(tokens * 2 * heads * dim).fill(0.25);
      const out = output(Float32Array, queries.length);
      return [
        ...[queries, out, rotation(random, dim), pages(heads, dim, 3), sinks, window, balance],
        numbers(layout(heads), of),
      ];
    },
    storeKvCodes(random) {
      const { heads, dim, tokens } = forms(random);
      const x = new Float32Array(tokens * heads * dim).fill(0.5);
      const fixed = () => random.pick([null, new Float32Array(heads * dim).fill(0.25)]);
      const of = [random.integer(0, 1), random.integer(0, 29), tokens];
      return [x, rotation(random, dim), pages(heads, dim, 2), fixed(), fixed(), numbers(layout(heads), of)];
    },
    storeKvHalves(random) {
      const { heads, dim, tokens } = forms(random);
      const mean = random.pick([null, new Float32Array(heads * dim).fill(0.25)]);
      const halves = output(Uint16Array, 2 * heads * 4 * dim);
      return [
        new Float32Array(tokens * heads * dim),
        halves,
        mean,
        numbers(heads, dim, random.integer(0, 1), 1, tokens),
      ];
    },
    widenKvHalves(random) {
      const { heads, dim, tokens } = forms(random);
      const x = output(Float32Array, tokens * heads * dim);
      return [half(2 * heads * 4 * dim), x, numbers(heads, dim, random.integer(0, 1), 1, tokens)];
    },
  };
  return { operations, others };
}
