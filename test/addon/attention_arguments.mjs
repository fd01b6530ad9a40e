// Valid arguments of the addon's calls for attention and for caches of keys and values.

const half = (length) => new Uint16Array(length).fill(0x3c00);
const numbers = (...values) => Float64Array.from(values.flat());
const forms = (random) => ({
  heads: random.integer(1, 2),
  dim: random.pick([8, 16, 24]),
  tokens: random.integer(0, 3),
});
/** Pages of 16 tokens with codes of 4 and 3 bits. */
const layout = (heads) => [heads, 4, 3, 16];
const optional = (random, length) => random.pick([null, new Float32Array(length).fill(0.25)]);

/** `output(Class, length)` gives arrays that are written, `rotation(random, dim)` handles. */
class AttentionArguments {
  constructor(output, rotation) {
    this.output = output;
    this.rotation = rotation;
  }

  pages(heads, dim, count) {
    const bytes = heads * 16 * ((dim * 7) / 8 + 4);
    return Array.from({ length: count }, () => this.output(Uint8Array, bytes).fill(0x15));
  }

  attentionFloat(random) {
    const { heads, dim, tokens } = forms(random);
    const rows = tokens + random.integer(0, 3);
    const cache = () => (random.chance(0.5) ? half(rows * heads * dim) : new Float32Array(rows * heads * dim));
    const length = tokens * 2 * heads * dim;
    const of = numbers(tokens, rows, 2 * heads, heads, dim, 0.5, random.integer(0, 1));
    return [new Float32Array(length), cache(), cache(), this.output(Float32Array, length), of];
  }

  attendKv(random) {
    const { heads, dim, tokens } = forms(random);
    const [first, rows] = [random.integer(0, 5), random.integer(0, 30)];
    const halves = [half(2 * heads * 3 * dim), half(2 * heads * 4 * dim)];
    const of = [first, rows, 2, 1, 3, tokens, 2 * heads, 0.5, random.integer(0, 1)];
    const queries = new Float32Array(tokens * 2 * heads * dim).fill(0.25);
    const given = [queries, this.output(Float32Array, queries.length), this.rotation(random, dim)];
    const logits = random.pick([null, this.output(Float32Array, tokens * 2 * heads * (rows + 5))]);
    const balance = optional(random, heads * dim);
    return [...given, this.pages(heads, dim, 3), ...halves, balance, numbers(layout(heads), of), logits];
  }

  storeKvCodes(random) {
    const { heads, dim, tokens } = forms(random);
    const x = new Float32Array(tokens * heads * dim).fill(0.5);
    const of = [random.integer(0, 1), random.integer(0, 29), tokens];
    const given = [x, this.rotation(random, dim), this.pages(heads, dim, 2)];
    return [...given, optional(random, heads * dim), optional(random, heads * dim), numbers(layout(heads), of)];
  }

  storeKvHalves(random) {
    const { heads, dim, tokens } = forms(random);
    const halves = this.output(Uint16Array, 2 * heads * 4 * dim);
    const of = numbers(heads, dim, random.integer(0, 1), 1, tokens);
    return [new Float32Array(tokens * heads * dim), halves, optional(random, heads * dim), of];
  }

  widenKvHalves(random) {
    const { heads, dim, tokens } = forms(random);
    const of = numbers(heads, dim, random.integer(0, 1), 1, tokens);
    return [half(2 * heads * 4 * dim), this.output(Float32Array, tokens * heads * dim), of];
  }
}

/** Tables of the calls with an asynchronous twin, and of the others. */
export function attentionArguments(addon, output, handle) {
  const made = new AttentionArguments(output, (random, dim) =>
    handle(random, () => addon.createRotation(dim, 1, 2, 0)),
  );
  const others = ['storeKvCodes', 'storeKvHalves', 'widenKvHalves'];
  return {
    operations: {
      attentionFloat: (random) => made.attentionFloat(random),
      attendKv: (random) => made.attendKv(random),
    },
    others: Object.fromEntries(others.map((name) => [name, (random) => made[name](random)])),
  };
}
