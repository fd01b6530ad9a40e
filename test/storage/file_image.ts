// Weights files made byte by byte as docs/file-format.md says, right or wrong on purpose.
import { xxh64 } from './xxh64';

export const SECTION = {
  panels: 1,
  columnSums: 2,
  weightScales: 3,
  weightZeroPoints: 4,
  bias: 5,
  inputScale: 6,
  groupZeroPoints: 7,
  lowPanels: 8,
  lowZeroPoints: 9,
  table: 10,
  rowScales: 11,
  rowZeroPoints: 12,
} as const;

export interface Section {
  id: number;
  data: Uint8Array;
}

export interface Panels {
  k: number;
  n: number;
  nr: number;
  kr: number;
  /** Default: 1. */
  version?: number;
  /** Default: 1. */
  layout?: number;
  /** Default: 2 with a layer header, else 1. */
  kind?: number;
}

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const alignUp = (offset: number) => Math.ceil(offset / 64) * 64;

/** The sections of weights b [k, n] in panels [ceil(n / nr)][ceil(k / kr)][nr][kr]. */
export function weightSections(b: (p: number, j: number) => number, { k, n, nr, kr }: Panels): Section[] {
  const steps = Math.ceil(k / kr);
  const panels = new Int8Array(Math.ceil(n / nr) * nr * steps * kr);
  const sums = new Int32Array(n);
  for (let j = 0; j < n; j++)
    for (let p = 0; p < k; p++) {
      panels[((Math.floor(j / nr) * steps + Math.floor(p / kr)) * nr + (j % nr)) * kr + (p % kr)] = b(p, j);
      sums[j]! += b(p, j);
    }
  return [
    { id: SECTION.panels, data: bytesOf(panels) },
    { id: SECTION.columnSums, data: bytesOf(sums) },
  ];
}

/** A file of packed weights, or of a layer if there is a layer header. */
export function fileImage(
  { k, n, nr, kr, version = 1, layout = 1, kind }: Panels,
  sections: readonly Section[],
  layerHeader?: Uint8Array,
): Uint8Array {
  const table = 64 + (layerHeader?.length ?? 0);
  let end = table + 32 * sections.length;
  const offsets = sections.map(({ data }) => {
    const offset = alignUp(end);
    end = offset + data.length;
    return offset;
  });
  const image = new Uint8Array(end);
  const view = new DataView(image.buffer);
  image.set([0x89, ...Buffer.from('OCTAVO\n')]);
  view.setUint32(8, version, true);
  view.setUint32(12, kind ?? (layerHeader === undefined ? 1 : 2), true);
  view.setBigUint64(16, BigInt(end), true);
  for (const [i, value] of [sections.length, layout, nr, kr].entries()) view.setUint32(32 + 4 * i, value, true);
  view.setBigUint64(48, BigInt(k), true);
  view.setBigUint64(56, BigInt(n), true);
  if (layerHeader !== undefined) image.set(layerHeader, 64);
  for (const [i, { id, data }] of sections.entries()) {
    view.setUint32(table + 32 * i, id, true);
    view.setBigUint64(table + 32 * i + 8, BigInt(offsets[i]!), true);
    view.setBigUint64(table + 32 * i + 16, BigInt(data.length), true);
    view.setBigUint64(table + 32 * i + 24, xxh64(data), true);
    image.set(data, offsets[i]);
  }
  return sealed(image);
}

/** The image with a right header checksum, whatever the header says. */
export function sealed(image: Uint8Array): Uint8Array {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const head = image.slice(0, 64 + (view.getUint32(12, true) === 1 ? 0 : 64) + 32 * view.getUint32(32, true));
  head.fill(0, 24, 32);
  view.setBigUint64(24, xxh64(head), true);
  return image;
}
