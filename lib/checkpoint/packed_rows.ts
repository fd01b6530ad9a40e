// Integers of 4 or 8 bits in int32 words, as compressed-tensors packs them: element i of a word has its bits from i * bits on, and
// stands there as q - lowest, so that none is negative.

/** Words for so many values. */
export function wordsFor(values: number, bits: 4 | 8): number {
  return Math.ceil((values * bits) / 32);
}

/** Rows of values, one a byte, each packed into whole words; what is left of a row's last word is 0. */
export function packRows(values: Int8Array | Uint8Array, columns: number, bits: 4 | 8, lowest: number): Uint8Array {
  const rows = values.length / columns;
  const stride = 4 * wordsFor(columns, bits);
  const packed = new Uint8Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    const from = row * columns;
    const to = row * stride;
    if (bits === 8) for (let i = 0; i < columns; i++) packed[to + i] = values[from + i]! - lowest;
    else for (let i = 0; i < columns; i++) packed[to + (i >> 1)]! |= (values[from + i]! - lowest) << (4 * (i & 1));
  }
  return packed;
}

/** The values of packed rows, one a byte. */
export function unpackRows<Values extends Int8Array | Uint8Array>(
  packed: Uint8Array,
  values: Values,
  { columns, bits, lowest }: { columns: number; bits: 4 | 8; lowest: number },
): Values {
  const rows = values.length / columns;
  const stride = 4 * wordsFor(columns, bits);
  for (let row = 0; row < rows; row++) {
    const to = row * columns;
    const from = row * stride;
    for (let i = 0; i < columns; i++)
      values[to + i] = (bits === 8 ? packed[from + i]! : (packed[from + (i >> 1)]! >> (4 * (i & 1))) & 15) + lowest;
  }
  return values;
}

/** [rows, columns] to [columns, rows]. */
export function transpose(values: Uint8Array | Int8Array, rows: number, columns: number): Int8Array {
  const result = new Int8Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column]!;
  return result;
}
