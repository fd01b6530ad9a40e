// Headers at random: whatever the bytes, they parse into tensors that cover the data, or ERR_FILE names the fault.
import { expect, it } from 'vitest';
import { isOctavoError } from '../../lib/errors';
import { ELEMENT_NAMES, elementBits } from '../../lib/safetensors';
import { type Header, parseHeader } from '../../lib/safetensors/parse_header';
import { Random } from '../reference/random';

const DATA_BYTES = 20;
const encode = (text: string) => new TextEncoder().encode(text);

/** What must hold of every header that parses. */
function checkParsed({ entries, metadata }: Header): void {
  let end = 0;
  for (const entry of entries) {
    expect(entry.begin).toBe(end);
    end = entry.end;
    const values = entry.dims.reduce((product, dim) => product * dim, 1);
    expect(8 * (entry.end - entry.begin)).toBe(values * elementBits(entry.element));
  }
  expect(end).toBe(DATA_BYTES);
  expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
  for (const [key, text] of metadata) expect([typeof key, typeof text]).toEqual(['string', 'string']);
}

function outcomeOf(bytes: Uint8Array): 'parsed' | 'refused' {
  let header: Header;
  try {
    header = parseHeader('a', bytes, DATA_BYTES);
  } catch (error) {
    if (!isOctavoError(error) || error.code !== 'ERR_FILE') throw error;
    expect(error.message).toMatch(/^a: [^\n]{5,400}$/);
    return 'refused';
  }
  checkParsed(header);
  return 'parsed';
}

const VALID = JSON.stringify({
  __metadata__: { format: 'pt', 'a:b"': '{"x":1}' },
  x: { dtype: 'BF16', shape: [2, 2], data_offsets: [0, 8] },
  y: { dtype: 'BOOL', shape: [3], data_offsets: [8, 11] },
  'z.\u00fc': { dtype: 'F4', shape: [3, 6], data_offsets: [11, 20] },
  e: { dtype: 'F32', shape: [0, 9], data_offsets: [20, 20] },
});

it('parses the header that the mutations begin with', () => {
  expect(outcomeOf(encode(VALID))).toBe('parsed');
  expect(outcomeOf(encode(`${VALID}   `))).toBe('parsed');
});

it('keeps its promises on 20,000 mutations of bytes', () => {
  const random = new Random(5);
  const found = { parsed: 0, refused: 0 };
  const seed = encode(VALID);
  for (let round = 0; round < 20_000; round++) {
    const bytes = seed.slice(0, random.integer(0, 5) === 0 ? random.integer(0, seed.length) : seed.length);
    for (let i = random.integer(0, 3); i > 0 && bytes.length > 0; i--)
      bytes[random.integer(0, bytes.length - 1)] =
        random.integer(0, 2) === 0 ? random.integer(0, 255) : encode('0123456789[]{}:,"\\ e-')[random.integer(0, 20)]!;
    found[outcomeOf(bytes)]++;
  }
  expect(found.parsed).toBeGreaterThan(500);
  expect(found.refused).toBeGreaterThan(500);
});

it('keeps its promises on 5,000 headers of hostile values', () => {
  const random = new Random(6);
  const pick = <T>(...items: T[]): T => items[random.integer(0, items.length - 1)]!;
  const number = () => pick(0, 1, 2, 3, 4, 5, 8, 11, 20, -1, 1.5, 2 ** 31, 2 ** 53, 2 ** 63, 1e300, -0);
  const numbers = (): unknown => pick<unknown>([number()], [number(), number()], [], [[1]], 'x', null, [null]);
  const entry = (): unknown =>
    pick<unknown>(
      { dtype: pick<unknown>(...ELEMENT_NAMES, 'F7', 3, null), shape: numbers(), data_offsets: numbers() },
      { dtype: pick(...ELEMENT_NAMES), shape: [20], data_offsets: [0, 20] },
      {
        dtype: pick('I8', 'U8', 'BOOL', 'F8_E8M0'),
        shape: [pick(10, 11)],
        data_offsets: pick([0, 10], [10, 20], [9, 20]),
      },
      { dtype: 'I8' },
      [],
      7,
    );
  const found = { parsed: 0, refused: 0 };
  for (let round = 0; round < 5000; round++) {
    const names = pick(['a'], ['a', 'b'], ['a', '__proto__'], ['__metadata__', 'a'], ['a', 'b', 'c']);
    found[outcomeOf(encode(`{${names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(entry())}`).join()}}`))]++;
  }
  expect(found.parsed).toBeGreaterThan(50);
  expect(found.refused).toBeGreaterThan(1000);
});
