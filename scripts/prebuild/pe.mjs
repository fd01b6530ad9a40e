// Reads what a DLL of Windows (PE32+) needs and offers.
const ARCHITECTURES = { 34404: 'x64', 43620: 'arm64' };
const EXPORTS = 0;
const IMPORTS = 1;
const DEBUG = 6;
const DELAYED_IMPORTS = 13;

/** @param {Buffer} bytes */
export function isPe(bytes) {
  if (bytes.readUInt16BE(0) !== 0x4d5a) return false;
  const header = bytes.readUInt32LE(60);
  return bytes.readUInt32BE(header) === 0x50450000 && bytes.readUInt16LE(header + 24) === 0x20b;
}

const textAt = (bytes, offset) => bytes.toString('latin1', offset, bytes.indexOf(0, offset));

/** From an address in memory to one in the file. */
function mapSections(bytes, header) {
  const start = header + 24 + bytes.readUInt16LE(header + 20);
  const sections = Array.from({ length: bytes.readUInt16LE(header + 6) }, (_, i) => {
    const at = start + i * 40;
    const [size, address, , offset] = [8, 12, 16, 20].map((field) => bytes.readUInt32LE(at + field));
    return { size, address, offset };
  });
  return (address) => {
    const section = sections.find((each) => address >= each.address && address < each.address + each.size);
    if (section === undefined) throw new Error(`no section has the address ${address}`);
    return address - section.address + section.offset;
  };
}

/** Names of DLLs in a table of imports: records of `size` bytes with the name's address at `field`, the last one zero. */
function readImports(bytes, address, { size, field }, offsetOf) {
  const names = [];
  if (address === 0) return names;
  for (let at = offsetOf(address); bytes.readUInt32LE(at + field) !== 0; at += size)
    names.push(textAt(bytes, offsetOf(bytes.readUInt32LE(at + field))));
  return names;
}

function readExports(bytes, address, offsetOf) {
  if (address === 0) return [];
  const table = offsetOf(address);
  const names = offsetOf(bytes.readUInt32LE(table + 32));
  return Array.from({ length: bytes.readUInt32LE(table + 24) }, (_, i) =>
    textAt(bytes, offsetOf(bytes.readUInt32LE(names + i * 4))),
  ).sort();
}

/**
 * @param {Buffer} bytes
 * @returns {import('./inspect.mjs').Binary}
 */
export function readPe(bytes) {
  const header = bytes.readUInt32LE(60);
  const directory = (i) => bytes.readUInt32LE(header + 24 + 112 + i * 8);
  const offsetOf = mapSections(bytes, header);
  return {
    platform: 'win32',
    arch: ARCHITECTURES[bytes.readUInt16LE(header + 4)] ?? 'unknown',
    exports: readExports(bytes, directory(EXPORTS), offsetOf),
    libraries: [
      ...readImports(bytes, directory(IMPORTS), { size: 20, field: 12 }, offsetOf),
      ...readImports(bytes, directory(DELAYED_IMPORTS), { size: 32, field: 4 }, offsetOf),
    ],
    versions: [],
    // a table of symbols is GCC's, a debug directory with its file of symbols Microsoft's
    stripped: bytes.readUInt32LE(header + 12) === 0 && directory(DEBUG) === 0,
  };
}
