// What the first bytes of a shared library say: its format, its architecture, and how long its file has to be.

export interface BinaryFormat {
  format: 'ELF' | 'PE' | 'Mach-O';
  /** As process.arch has it; undefined for a number that is not listed here, and for binaries of several. */
  arch: string | undefined;
  /** Bytes that the file must have at least, as far as its headers say. */
  leastBytes: number;
}

const ELF_MACHINES: Record<number, string> = {
  3: 'ia32',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
  258: 'loong64',
};
const PE_MACHINES: Record<number, string> = { 332: 'ia32', 34404: 'x64', 43620: 'arm64' };
const MACH_O_TYPES: Record<number, string> = { 16777223: 'x64', 16777228: 'arm64' };

const ELF_HEADER = 64;
const PROGRAM_HEADER = 56;
const LOAD = 1;
const INTERPRETER = 3;

interface Segment {
  type: number;
  offset: number;
  bytes: number;
}

/** The segments of a 64-bit little-endian ELF file, as far as their headers lie within `file`. */
function* segmentsOf(file: Buffer): Generator<Segment> {
  const start = Number(file.readBigUInt64LE(0x20));
  const count = file.readUInt16LE(0x38);
  for (let i = 0; i < count; ++i) {
    const at = start + i * PROGRAM_HEADER;
    if (at + PROGRAM_HEADER > file.length) return;
    const type = file.readUInt32LE(at);
    yield { type, offset: Number(file.readBigUInt64LE(at + 8)), bytes: Number(file.readBigUInt64LE(at + 32)) };
  }
}

const isElf64 = (file: Buffer) => file.length >= ELF_HEADER && file.readUInt32BE(0) === 0x7f454c46 && file[4] === 2;

function readElf(file: Buffer): BinaryFormat {
  const bigEndian = file[5] === 2;
  const arch = ELF_MACHINES[bigEndian ? file.readUInt16BE(0x12) : file.readUInt16LE(0x12)];
  if (file[4] !== 2 || bigEndian || file.length < ELF_HEADER) return { format: 'ELF', arch, leastBytes: ELF_HEADER };
  const sections = Number(file.readBigUInt64LE(0x28)) + file.readUInt16LE(0x3a) * file.readUInt16LE(0x3c);
  const loaded = [...segmentsOf(file)].filter(({ type }) => type === LOAD).map(({ offset, bytes }) => offset + bytes);
  return { format: 'ELF', arch, leastBytes: Math.max(sections, ...loaded) };
}

/** The format of a file, from its content; undefined for what is no shared library. */
export function readBinaryFormat(file: Buffer): BinaryFormat | undefined {
  if (file.length < 24) return undefined;
  const magic = file.readUInt32BE(0);
  if (magic === 0x7f454c46) return readElf(file);
  if (magic === 0xcffaedfe) return { format: 'Mach-O', arch: MACH_O_TYPES[file.readUInt32LE(4)], leastBytes: 32 };
  if (magic === 0xcafebabe) return { format: 'Mach-O', arch: undefined, leastBytes: 32 };
  if (magic >>> 16 !== 0x4d5a) return undefined;
  const header = file.length >= 64 ? file.readUInt32LE(0x3c) : file.length;
  if (header + 6 > file.length) return { format: 'PE', arch: undefined, leastBytes: header + 6 };
  return { format: 'PE', arch: PE_MACHINES[file.readUInt16LE(header + 4)], leastBytes: header + 6 };
}

/** The program that a 64-bit ELF executable names as its dynamic linker; undefined where it lies beyond `file`. */
export function elfInterpreter(file: Buffer): string | undefined {
  if (!isElf64(file)) return undefined;
  for (const { type, offset, bytes } of segmentsOf(file))
    if (type === INTERPRETER && offset + bytes <= file.length)
      return file.toString('latin1', offset, offset + bytes - 1);
  return undefined;
}
