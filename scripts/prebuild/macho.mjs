// Reads what a bundle or library of macOS (Mach-O, 64 bits, one architecture) needs and offers.
const ARCHITECTURES = { 16777223: 'x64', 16777228: 'arm64' };
const SYMBOL_TABLE = 0x2;
const LIBRARY = 0xc;
const BUILD_VERSION = 0x32;
const MINIMUM_VERSION = 0x24;
const DEBUGGING = 0xe0; // bits of a symbol's type that make it one for debuggers
const PRIVATE = 0x10;
const EXTERNAL = 0x1;
const TYPE = 0xe;

/** @param {Buffer} bytes */
export const isMachO = (bytes) => bytes.readUInt32LE(0) === 0xfeedfacf;

const textAt = (bytes, offset) => bytes.toString('latin1', offset, bytes.indexOf(0, offset));

function readCommands(bytes) {
  const commands = [];
  for (let i = bytes.readUInt32LE(16), at = 32; i > 0; i--, at += bytes.readUInt32LE(at + 4))
    commands.push({ type: bytes.readUInt32LE(at) & 0x7fffffff, at });
  return commands;
}

/** Symbols of the table as { name, type }; a defined one is of a section. */
function readSymbols(bytes, commands) {
  const table = commands.find(({ type }) => type === SYMBOL_TABLE);
  if (table === undefined) return [];
  const [start, count, strings] = [8, 12, 16].map((field) => bytes.readUInt32LE(table.at + field));
  return Array.from({ length: count }, (_, i) => ({
    name: textAt(bytes, strings + bytes.readUInt32LE(start + i * 16)),
    type: bytes[start + i * 16 + 4],
  }));
}

/** "macOS 11.0" */
function readSystem(bytes, commands) {
  const found = commands.find(({ type }) => type === BUILD_VERSION || type === MINIMUM_VERSION);
  if (found === undefined) return [];
  const version = bytes.readUInt32LE(found.at + (found.type === BUILD_VERSION ? 12 : 8));
  return [`macOS_${version >> 16}.${(version >> 8) & 255}`];
}

/**
 * @param {Buffer} bytes
 * @returns {import('./inspect.mjs').Binary}
 */
export function readMachO(bytes) {
  const commands = readCommands(bytes);
  const symbols = readSymbols(bytes, commands);
  const isExported = ({ type }) =>
    (type & DEBUGGING) === 0 && (type & EXTERNAL) !== 0 && (type & PRIVATE) === 0 && (type & TYPE) !== 0;
  return {
    platform: 'darwin',
    arch: ARCHITECTURES[bytes.readUInt32LE(4)] ?? 'unknown',
    exports: symbols
      .filter(isExported)
      .map(({ name }) => name.replace(/^_/, ''))
      .sort(),
    libraries: commands
      .filter(({ type }) => type === LIBRARY)
      .map(({ at }) => textAt(bytes, at + bytes.readUInt32LE(at + 8))),
    versions: readSystem(bytes, commands),
    stripped: symbols.every(({ type }) => (type & DEBUGGING) === 0),
  };
}
