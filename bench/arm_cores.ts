// Names of ARM cores: there /proc/cpuinfo has numbers only, an implementer's and one of its parts.

/** By implementer and part, from Linux's arch/arm64/include/asm/cputype.h and util-linux's sys-utils/lscpu-arm.c. */
const CORES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '0x41': {
    '0xd03': 'Cortex-A53',
    '0xd04': 'Cortex-A35',
    '0xd05': 'Cortex-A55',
    '0xd07': 'Cortex-A57',
    '0xd08': 'Cortex-A72',
    '0xd09': 'Cortex-A73',
    '0xd0a': 'Cortex-A75',
    '0xd0b': 'Cortex-A76',
    '0xd0c': 'Neoverse-N1',
    '0xd0d': 'Cortex-A77',
    '0xd40': 'Neoverse-V1',
    '0xd41': 'Cortex-A78',
    '0xd44': 'Cortex-X1',
    '0xd46': 'Cortex-A510',
    '0xd47': 'Cortex-A710',
    '0xd48': 'Cortex-X2',
    '0xd49': 'Neoverse-N2',
    '0xd4b': 'Cortex-A78C',
    '0xd4d': 'Cortex-A715',
    '0xd4e': 'Cortex-X3',
    '0xd4f': 'Neoverse-V2',
    '0xd80': 'Cortex-A520',
    '0xd81': 'Cortex-A720',
    '0xd82': 'Cortex-X4',
    '0xd84': 'Neoverse-V3',
  },
  '0x46': { '0x001': 'Fujitsu A64FX' },
  '0x48': { '0xd01': 'HiSilicon TaiShan v110' },
  '0x4e': { '0x004': 'NVIDIA Carmel' },
  '0x51': { '0x001': 'Qualcomm Oryon', '0xc00': 'Qualcomm Falkor' },
  '0x61': {
    '0x022': 'Apple M1 Icestorm',
    '0x023': 'Apple M1 Firestorm',
    '0x032': 'Apple M2 Blizzard',
    '0x033': 'Apple M2 Avalanche',
  },
  '0x6d': { '0xd49': 'Microsoft Azure Cobalt 100' },
  '0xc0': { '0xac3': 'Ampere-1', '0xac4': 'Ampere-1a' },
};

const valuesOf = (cpuinfo: string, field: string): string[] =>
  [...cpuinfo.matchAll(new RegExp(`^${field}\\s*: (0x[0-9a-f]{1,4})$`, 'gm'))].map((match) => match[1] ?? '');

const coreName = (implementer: string, part: string): string =>
  CORES[implementer]?.[part] ?? `implementer ${implementer} part ${part}`;

/**
 * The cores in the text of /proc/cpuinfo, each kind once: 'Cortex-A55 + Cortex-A76'. Null where it does not number them,
 * as on x86.
 */
export function armCoresOf(cpuinfo: string | undefined): string | null {
  const text = cpuinfo ?? '';
  const [implementers, parts] = [valuesOf(text, 'CPU implementer'), valuesOf(text, 'CPU part')];
  if (parts.length === 0 || implementers.length !== parts.length) return null;
  return [...new Set(parts.map((part, i) => coreName(implementers[i] ?? '', part)))].join(' + ');
}
