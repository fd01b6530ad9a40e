// What a GPU can do at most, for benchmarks to compare with: kernels that do nothing but read, copy or multiply, put on
// the device's stream and not waited for. kDevice where a launch fails.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device.h"

namespace octavo::cuda {

/// Copies `bytes` of device memory; 16 divides both addresses, and the two do not overlap.
Status copy_bytes(Device& device, void* to, const void* from, size_t bytes);

/// Reads `bytes` of device memory, whose address 16 divides, and adds the sum of its 32-bit words modulo 2^32 to *sink.
/// Up to 15 bytes at the end are left out.
Status read_bytes(Device& device, const void* from, size_t bytes, uint32_t* sink);

/// int8 matrix products whose operands never leave registers (mma) or shared memory (wgmma; kUnsupported but on compute
/// capability 9.0), each `repeats` times in every warp, or warp group, that the GPU has room for. Adds a sum that
/// depends on all of them to *sink. operations: how many multiplications and additions that is.
Status run_mma(Device& device, bool wgmma, size_t repeats, uint32_t* sink, double* operations);

/// Occupies one multiprocessor for so long: what is put on the stream meanwhile then starts without a gap.
Status hold(Device& device, uint64_t nanoseconds);

}  // namespace octavo::cuda
