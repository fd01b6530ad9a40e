// CPUs that an emulator stands in for, so that every kernel set runs on a machine that has nothing better.

/** What qemu does not emulate of a Haswell, and would say at the start of every thread. */
const NOT_EMULATED = ',-pcid,-x2apic,-tsc-deadline,-hle,-rtm,-invpcid';

/**
 * @typedef {object} EmulatedCpu
 * @property {'arm64' | 'x64'} arch
 * @property {string[]} run the emulator and its options; program and arguments follow
 * @property {string} covers the kernel sets that it has, best first
 * @property {Record<string, string>} [env] for the native tests
 */

const arm64 = (cpu, covers) => ({
  arch: 'arm64',
  run: ['qemu-aarch64', '-cpu', cpu, '-L', '/usr/aarch64-linux-gnu'],
  covers,
});

/** @type {Record<string, EmulatedCpu>} */
export const EMULATED_CPUS = {
  'cortex-a72': arm64('cortex-a72', 'neon scalar'),
  'neoverse-n1': arm64('neoverse-n1', 'neondot neon scalar'),
  max: arm64('max', 'neoni8mm neondot neon scalar'),
  Haswell: {
    arch: 'x64',
    run: ['qemu-x86_64', '-cpu', `Haswell${NOT_EMULATED}`],
    covers: 'avx2 scalar',
    // Its AVX2 reads what the mask of a load leaves out.
    env: { OCTAVO_TEST_GUARDS: 'writes' },
  },
  Nehalem: { arch: 'x64', run: ['qemu-x86_64', '-cpu', 'Nehalem'], covers: 'scalar' },
};

/**
 * The names of the CPUs of an architecture.
 * @param {'arm64' | 'x64'} arch
 */
export const cpusOf = (arch) => Object.keys(EMULATED_CPUS).filter((name) => EMULATED_CPUS[name].arch === arch);
