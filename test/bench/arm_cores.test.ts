import { expect, it } from 'vitest';
import { armCoresOf } from '../../bench/arm_cores';

/** /proc/cpuinfo of cores with these implementers and parts. */
const cpuinfo = (...cores: readonly (readonly [string, string])[]): string =>
  cores
    .map(([implementer, part], i) =>
      [
        `processor\t: ${i}`,
        'BogoMIPS\t: 108.00',
        'Features\t: fp asimd evtstrm crc32 cpuid',
        `CPU implementer\t: ${implementer}`,
        'CPU architecture: 8',
        'CPU variant\t: 0x0',
        `CPU part\t: ${part}`,
        'CPU revision\t: 3\n',
      ].join('\n'),
    )
    .join('\n');

it('names the cores of a Raspberry Pi 4B, and of a CPU with two kinds of them', () => {
  const a72 = ['0x41', '0xd08'] as const;
  expect(armCoresOf(cpuinfo(a72, a72, a72, a72))).toBe('Cortex-A72');
  expect(armCoresOf(cpuinfo(['0x41', '0xd05'], ['0x41', '0xd05'], ['0x41', '0xd0b']))).toBe('Cortex-A55 + Cortex-A76');
  expect(armCoresOf(cpuinfo(['0x61', '0x023']))).toBe('Apple M1 Firestorm');
});

it('gives the numbers of cores that it does not know', () => {
  expect(armCoresOf(cpuinfo(['0x41', '0xfff']))).toBe('implementer 0x41 part 0xfff');
  expect(armCoresOf(cpuinfo(['0x99', '0xd08']))).toBe('implementer 0x99 part 0xd08');
});

it.each([
  ['no file', undefined],
  ['nothing', ''],
  ['x86', 'processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 26\nmodel name\t: AMD EPYC\n'],
  ['an implementer without a part', 'CPU implementer\t: 0x41\n'],
  ['a core without an implementer', 'CPU part\t: 0xd08\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n'],
  ['no numbers', 'CPU implementer\t: __proto__\nCPU part\t: constructor\n'],
  ['bytes of another kind', '\u0000\ufffd\u001b[31m'],
])('does not name cores from %s', (_, text) => {
  expect(armCoresOf(text)).toBeNull();
});
