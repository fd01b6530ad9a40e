// Layers of codes and 16-bit floats as docs/file-format.md describes them, byte by byte.
import { absmaxOf, type CodebookWeights, codeTable } from '../../lib/weights';
import { SECTION } from './file_image';
import { plainLayer } from './grouped_image';

/** Columns of a vector, and vectors of a panel. */
const COLUMNS = 16;
const VECTORS = 8;
const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Calls `write` with the place of each column's vector in each of its steps of 64 bytes. */
function eachStep(n: number, steps: number, write: (j: number, step: number, at: number) => void): void {
  const vectors = Math.ceil(n / COLUMNS);
  for (let j = 0; j < n; j++) {
    const vector = Math.floor(j / COLUMNS);
    const panel = vector - (vector % VECTORS);
    const width = Math.min(VECTORS, vectors - panel);
    for (let step = 0; step < steps; step++) write(j, step, 64 * (panel * steps + step * width + (vector - panel)));
  }
}

export function codebookParts(weights: CodebookWeights) {
  const { type, rows: n, columns: k, block, codes } = weights;
  const absmax = absmaxOf(weights);
  let [group, rest] = [k, block];
  while (rest > 0) [group, rest] = [rest, group % rest];
  const depth = Math.ceil(group / 8);
  const steps = (k / group) * (depth + 1);
  const panels = new DataView(new ArrayBuffer(Math.ceil(n / COLUMNS) * steps * 64));
  const codeAt = (i: number) => (codes[i >> 1]! >> (i % 2 === 0 ? 4 : 0)) & 15;
  eachStep(n, steps, (j, step, at) => {
    const [g, s] = [Math.floor(step / (depth + 1)), step % (depth + 1)];
    const [place, first] = [at + 4 * (j % COLUMNS), j * k + g * group];
    if (s === depth) panels.setFloat32(place, absmax[Math.floor(first / block)]!, true);
    else
      for (let i = 8 * s; i < Math.min(8 * s + 8, group); i++) {
        const byte = place + ((i % 8) >> 1);
        panels.setUint8(byte, panels.getUint8(byte) | (codeAt(first + i) << (4 * (i % 2))));
      }
  });
  return {
    header: { nr: 128, kr: 8, k, n, version: 2, layout: 4 },
    sections: [
      { id: SECTION.panels as number, data: bytesOf(panels) },
      { id: SECTION.table as number, data: bytesOf(Float32Array.from(codeTable(type))) },
    ],
    layer: plainLayer(group),
  };
}

export type FloatParts = ReturnType<typeof codebookParts>;

export function halfParts(bits: Uint16Array, [n, k]: readonly [number, number], bfloat16: boolean): FloatParts {
  const steps = Math.ceil(k / 2);
  const panels = new DataView(new ArrayBuffer(Math.ceil(n / COLUMNS) * steps * 64));
  eachStep(n, steps, (j, step, at) => {
    for (let p = 2 * step; p < Math.min(2 * step + 2, k); p++)
      panels.setUint16(at + 2 * ((p % 2) * COLUMNS + (j % COLUMNS)), bits[j * k + p]!, true);
  });
  const layer = plainLayer(0);
  layer[48] = bfloat16 ? 1 : 0;
  return {
    header: { nr: 128, kr: 2, k, n, version: 2, layout: 5 },
    sections: [{ id: SECTION.panels, data: bytesOf(panels) }],
    layer,
  };
}
