// Layers with weights in groups as docs/file-format.md describes them, made of weights in blocks byte by byte.
import type { BlockWeights } from '../../lib/weights';
import { fileImage, SECTION, type Section } from './file_image';

const COLUMNS = 16;
const DEPTH = 8;
/** Groups whose scales stand together, before their steps. */
const RUN = 4;
const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** What one matrix of 4 bits is made of: values and zero points from 0 to 15, scales. */
interface Nibbles {
  readonly n: number;
  readonly k: number;
  readonly group: number;
  valueAt(j: number, p: number): number;
  zeroAt(j: number, g: number): number;
  scaleAt(j: number, g: number): number;
}

function panelsOf({ n, k, group, valueAt, scaleAt }: Nibbles): Uint8Array {
  const groups = Math.ceil(k / group);
  const steps = Math.ceil(k / DEPTH);
  const panelBytes = 64 * (steps + groups);
  const panels = new DataView(new ArrayBuffer(Math.ceil(n / COLUMNS) * panelBytes));
  for (let j = 0; j < n; j++) {
    const panel = Math.floor(j / COLUMNS) * panelBytes + 4 * (j % COLUMNS);
    for (let p = 0; p < k; p++) {
      const g = Math.floor(p / group);
      const scales = Math.min(groups, (Math.floor(g / RUN) + 1) * RUN);
      const at = panel + 64 * (Math.floor(p / DEPTH) + scales) + (p % 4);
      panels.setUint8(at, panels.getUint8(at) | (valueAt(j, p) << (p % DEPTH < 4 ? 0 : 4)));
    }
    for (let g = 0; g < groups; g++) {
      const before = (Math.floor(g / RUN) * RUN * group) / DEPTH;
      panels.setFloat32(panel + 64 * (before + g), scaleAt(j, g), true);
    }
  }
  return bytesOf(panels);
}

/** None where all are 8. */
function zerosOf({ n, k, group, zeroAt }: Nibbles): Uint8Array | undefined {
  const groups = Math.ceil(k / group);
  const zeros = new Uint8Array(Math.ceil(n / COLUMNS) * groups * COLUMNS);
  let usual = true;
  for (let j = 0; j < n; j++)
    for (let g = 0; g < groups; g++) {
      zeros[(Math.floor(j / COLUMNS) * groups + g) * COLUMNS + (j % COLUMNS)] = zeroAt(j, g);
      usual &&= zeroAt(j, g) === 8;
    }
  return usual ? undefined : zeros;
}

function sectionsOf(nibbles: Nibbles, panels: number, zeroPoints: number): Section[] {
  const zeros = zerosOf(nibbles);
  const sections = [{ id: panels, data: panelsOf(nibbles) }];
  return zeros === undefined ? sections : [...sections, { id: zeroPoints, data: zeros }];
}

/** The layer header of dynamic rows and float32 outputs, without an activation. */
export function plainLayer(group: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(64));
  for (const at of [4, 16]) view.setFloat32(at, 1, true);
  view.setBigUint64(40, BigInt(group), true);
  return bytesOf(view);
}

/** The file's parts for weights of 4 bits, or of 8 bits in two planes. */
export function groupedParts(weights: BlockWeights) {
  const { type, rows: n, columns: k, block, values, scale, zeroPoint } = weights;
  const group = block >= k ? Math.ceil(k / DEPTH) * DEPTH : block;
  const groups = Math.ceil(k / group);
  const shift = type.startsWith('u') ? 0 : type === 'int4' ? 8 : 128;
  const byteAt = (j: number, p: number) => values[j * k + p]! + shift;
  const zeroAt = (j: number, g: number) => zeroPoint[j * groups + g]! + shift;
  const scaleAt = (j: number, g: number) => scale[j * groups + g]!;
  const common = { n, k, group };
  const wide = { nr: COLUMNS, kr: DEPTH, k, n, version: 2 };
  if (type.endsWith('4')) {
    const sections = sectionsOf(
      { ...common, valueAt: byteAt, zeroAt, scaleAt },
      SECTION.panels,
      SECTION.groupZeroPoints,
    );
    return { header: { ...wide, layout: 2 }, sections, layer: plainLayer(group) };
  }
  // The planes are of int8: 128 less, whose lower four bits are the same.
  const high = {
    ...common,
    valueAt: (j: number, p: number) => byteAt(j, p) >> 4,
    zeroAt: (j: number, g: number) => zeroAt(j, g) >> 4,
    scaleAt: (j: number, g: number) => 16 * scaleAt(j, g),
  };
  const low = {
    ...common,
    valueAt: (j: number, p: number) => byteAt(j, p) & 15,
    zeroAt: (j: number, g: number) => zeroAt(j, g) & 15,
    scaleAt,
  };
  const sections = [
    ...sectionsOf(high, SECTION.panels, SECTION.groupZeroPoints),
    ...sectionsOf(low, SECTION.lowPanels, SECTION.lowZeroPoints),
  ];
  return { header: { ...wide, layout: 3 }, sections, layer: plainLayer(group) };
}

export function groupedImage(weights: BlockWeights, more: Section[] = []): Uint8Array {
  const { header, sections, layer } = groupedParts(weights);
  const all = [...sections, ...more].sort((a, b) => a.id - b.id);
  return fileImage(header, all, layer);
}
