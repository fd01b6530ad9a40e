// Which binaries have kernels for GPUs inside: all whose system NVIDIA has a driver for, in a build that had its compiler.

/** What a fat binary begins with, in native/cuda/kernel_images_embedded.cc as in any program. */
const MAGIC = Buffer.from([0x50, 0xed, 0x55, 0xba]);

/**
 * True where there can be a driver: there is none for macOS, nor one that musl could load.
 * @param {import('./targets.mjs').Target} target
 */
export const hasDrivers = ({ platform, libc }) => platform !== 'darwin' && libc !== 'musl';

/**
 * True if the binary has kernels.
 * @param {Buffer} binary
 */
export const hasKernels = (binary) => binary.includes(MAGIC);
