// Reads what a shared library of Linux (ELF, 64 bits, little-endian) needs and offers.
const ARCHITECTURES = { 62: 'x64', 183: 'arm64' };
const DYNAMIC = 6;
const SYMBOLS = 2;
const DYNAMIC_SYMBOLS = 11;
const NEEDED_VERSIONS = 0x6ffffffe;
const LOCAL = 0;

/** @param {Buffer} bytes */
export const isElf = (bytes) => bytes.readUInt32BE(0) === 0x7f454c46 && bytes[4] === 2 && bytes[5] === 1;

function readSections(bytes) {
  const start = Number(bytes.readBigUInt64LE(40));
  const size = bytes.readUInt16LE(58);
  return Array.from({ length: bytes.readUInt16LE(60) }, (_, i) => {
    const header = bytes.subarray(start + i * size, start + (i + 1) * size);
    const at = Number(header.readBigUInt64LE(24));
    return {
      type: header.readUInt32LE(4),
      content: bytes.subarray(at, at + Number(header.readBigUInt64LE(32))),
      link: header.readUInt32LE(40),
      count: header.readUInt32LE(44),
    };
  });
}

const textAt = (strings, offset) => strings.toString('latin1', offset, strings.indexOf(0, offset));

/** The names of dynamic symbols that others can use. */
function readExports(sections) {
  const { content, link } = sections.find(({ type }) => type === DYNAMIC_SYMBOLS);
  const names = [];
  for (let at = 0; at < content.length; at += 24) {
    const isDefined = content.readUInt16LE(at + 6) !== 0;
    if (isDefined && content[at + 4] >> 4 !== LOCAL)
      names.push(textAt(sections[link].content, content.readUInt32LE(at)));
  }
  return names.sort();
}

/** Libraries by DT_NEEDED. */
function readLibraries(sections) {
  const { content, link } = sections.find(({ type }) => type === DYNAMIC);
  const names = [];
  for (let at = 0; at < content.length; at += 16)
    if (content.readBigUInt64LE(at) === 1n)
      names.push(textAt(sections[link].content, Number(content.readBigUInt64LE(at + 8))));
  return names;
}

/** "GLIBC_2.28" and the like: the versions of symbols that libraries must have. */
function readVersions(sections) {
  const section = sections.find(({ type }) => type === NEEDED_VERSIONS);
  const versions = [];
  if (section === undefined) return versions;
  const { content, link, count } = section;
  for (let i = 0, library = 0; i < count; i++, library += content.readUInt32LE(library + 12)) {
    let at = library + content.readUInt32LE(library + 8);
    for (let j = content.readUInt16LE(library + 2); j > 0; j--, at += content.readUInt32LE(at + 12))
      versions.push(textAt(sections[link].content, content.readUInt32LE(at + 8)));
  }
  return versions;
}

/**
 * @param {Buffer} bytes
 * @returns {import('./inspect.mjs').Binary}
 */
export function readElf(bytes) {
  const sections = readSections(bytes);
  return {
    platform: 'linux',
    arch: ARCHITECTURES[bytes.readUInt16LE(18)] ?? 'unknown',
    exports: readExports(sections),
    libraries: readLibraries(sections),
    versions: readVersions(sections),
    stripped: sections.every(({ type }) => type !== SYMBOLS),
  };
}
