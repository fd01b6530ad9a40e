// Rows of activations on their way to int8 kernels: bytes in rows that start at multiples of 16, and their sums.
#pragma once

#include "cuda/device/lane_instructions.h"
#include "cuda/device/platform.h"
#include "cuda/device/stage_rows_operands.h"
#include "kernels/quantize/quantize_scalar.h"

namespace octavo::device {

/// The sum over all threads of a block; `shared` has room for a value of each warp.
OCTAVO_DEVICE uint32_t sum_over_block(uint32_t value, uint32_t* shared) {
#pragma unroll
  for (unsigned mask = 16; mask > 0; mask /= 2) value += shuffle_xor(value, mask);
  __syncthreads();  // all have read the sums of before
  if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = value;
  __syncthreads();
  uint32_t sum = 0;
#pragma unroll
  for (int warp = 0; warp < StageTile::kThreads / 32; ++warp) sum += shared[warp];
  return sum;
}

/// A row a block, byte by byte: to_byte(value) of each.
template <typename T, typename ToByte>
OCTAVO_DEVICE void stage_rows(const RowsOf<T>& x, const StagedBytes& to, uint32_t* shared, const ToByte& to_byte) {
  const size_t padded = (x.count + 15) / 16 * 16;
  for (size_t row = blockIdx.x; row < x.rows; row += gridDim.x) {
    uint32_t sum = 0;
#pragma unroll 4
    for (size_t p = threadIdx.x; p < padded; p += StageTile::kThreads) {
      const uint8_t byte = p < x.count ? to_byte(x.data[row * x.stride + p]) : uint8_t{0};
      to.q[row * to.q_stride + p] = byte;
      sum += to.is_signed ? static_cast<uint32_t>(static_cast<int8_t>(byte)) : byte;
    }
    if (to.sums == nullptr) continue;
    sum = sum_over_block(sum, shared);
    if (threadIdx.x == 0) to.sums[row] = static_cast<int32_t>(sum);
  }
}

}  // namespace octavo::device
