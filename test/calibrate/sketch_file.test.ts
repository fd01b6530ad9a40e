// Files of named sketches.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ObserverGroup, readSketches, Sketch, Tensor, writeSketches } from '../../lib';
import { isOctavoError } from '../../lib/errors';
import { expectCode } from '../reference/expectations';
import { Random } from '../reference/random';

const folder = mkdtempSync(path.join(tmpdir(), 'octavo-sketches-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => path.join(folder, name);
const random = new Random(17);
const x = Tensor.from(random.float32(300, 9), [60, 5]);
const sketches = new Map([
  ['whole', new Sketch({ bins: 64 }).observe(x)],
  ['größe/0', new Sketch({ bins: 32, axis: 1 }).observe(x)],
  ['__proto__', new Sketch({ bins: 2 })],
]);
const plain = (of: ReadonlyMap<string, Sketch>) => Array.from(of, ([name, sketch]) => [name, sketch.toJSON()]);

describe('readSketches', () => {
  it.each(['a.json', 'a.bin'])('reads what writeSketches wrote: %s', (name) => {
    writeSketches(at(name), sketches);
    expect(plain(readSketches(at(name)))).toEqual(plain(sketches));
  });

  it("reads a single sketch under its file's name, and the sketches of a group", () => {
    const [sketch] = [...sketches.values()];
    writeFileSync(at('one.json'), JSON.stringify(sketch));
    writeFileSync(at('two.bin'), sketch!.toBytes());
    const expected = sketch!.toJSON();
    expect(plain(readSketches(at('one.json')))).toEqual([['one', expected]]);
    expect(plain(readSketches(at('two.bin')))).toEqual([['two', expected]]);
    const group = new ObserverGroup({
      method: 'mse',
      scheme: { type: 'int8', symmetric: true, granularity: 'tensor' },
      bins: 64,
      tensors: { y: { method: 'minmax' } },
    }).observe({ x, y: x });
    writeFileSync(at('group.json'), JSON.stringify(group));
    expect(plain(readSketches(at('group.json')))).toEqual([['x', expected]]);
  });

  it('refuses every beginning and every changed byte of a binary file', () => {
    writeSketches(at('b.bin'), sketches);
    const bytes = readFileSync(at('b.bin'));
    for (let length = 0; length < bytes.length; length += 11) {
      writeFileSync(at('cut.bin'), bytes.subarray(0, length));
      expectCode(() => readSketches(at('cut.bin')), 'ERR_FILE', /cut\.bin: /);
    }
    for (let trial = 0; trial < 100; trial++) {
      const changed = Buffer.from(bytes);
      changed[random.integer(0, bytes.length - 1)]! ^= 1 << random.integer(0, 7);
      writeFileSync(at('cut.bin'), changed);
      expectCode(() => readSketches(at('cut.bin')), 'ERR_FILE', /cut\.bin: /);
    }
  });

  it('reads changed JSON, or says what is wrong with it', () => {
    writeSketches(at('c.json'), sketches);
    const text = readFileSync(at('c.json'));
    for (let trial = 0; trial < 200; trial++) {
      const changed = Buffer.from(text);
      changed[random.integer(0, text.length - 1)] = random.integer(32, 126);
      writeFileSync(at('d.json'), changed);
      try {
        readSketches(at('d.json'));
      } catch (error) {
        if (!isOctavoError(error) || error.code !== 'ERR_FILE') throw error;
      }
    }
  });

  it.each([
    ['nothing', '', /empty/],
    ['text', 'hello', /neither/],
    ['a number', '5', /not of sketches/],
    ['another format', '{"format":"else"}', /not of sketches/],
    ['no sketches', '{"format":"octavo.sketches","version":1,"sketches":[]}', /holds no sketches/],
    ['another version', '{"format":"octavo.sketches","version":2,"sketches":[]}', /version 2/],
    ['a sketch without a name', '{"format":"octavo.sketches","version":1,"sketches":[{}]}', /no name/],
    ['a sketch that is none', '{"format":"octavo.sketches","version":1,"sketches":[{"name":"a"}]}', /sketch "a": /],
  ])('refuses a file of %s', (_, text, message) => {
    writeFileSync(at('e.json'), text);
    expectCode(() => readSketches(at('e.json')), 'ERR_FILE', message);
  });

  it('refuses two sketches of one name', () => {
    const entry = JSON.stringify({ name: 'a', sketch: sketches.get('whole') });
    writeFileSync(at('f.json'), `{"format":"octavo.sketches","version":1,"sketches":[${entry},${entry}]}`);
    expectCode(() => readSketches(at('f.json')), 'ERR_FILE', /two sketches are called "a"/);
  });
});
