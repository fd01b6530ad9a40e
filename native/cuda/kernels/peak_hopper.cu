// The limit of warp-group products, which read both matrices from shared memory.
#include "cuda/device/hopper_instructions.h"
#include "cuda/device/peak.h"

namespace octavo::device {
namespace {

constexpr int kGroups = 2, kPeakRows = 64, kPeakColumns = 256, kPeakDepth = 128;
constexpr uint32_t kRowsBytes = kPeakRows * kPeakDepth;

/// Mixed bytes as a matrix of 128-byte rows, swizzled as the products read it.
OCTAVO_DEVICE void fill_rows(uint8_t* to, unsigned rows, uint32_t first) {
  for (unsigned at = threadIdx.x; at < rows * kPeakDepth / 4; at += blockDim.x)
    *reinterpret_cast<uint32_t*>(to + (at * 4 ^ (at / 32 & 7) << 4)) = mixed_bytes(first + at);
}

}  // namespace

OCTAVO_KERNEL(peak_wgmma, kGroups * 128)(size_t repeats, uint32_t* sink) {
  OCTAVO_SHARED(shared);
  fill_rows(shared, kPeakRows, 0);
  fill_rows(shared + kRowsBytes, kPeakColumns, 1 << 16);
  fence_async_proxy();
  __syncthreads();
  const SharedAddress base = shared_address(shared);
  const uint64_t a = swizzled_rows(base), b = swizzled_rows(base + kRowsBytes);
  int32_t sums[128] = {};
  for (size_t repeat = 0; repeat < repeats; ++repeat) {
    begin_products();
#pragma unroll
    for (int step = 0; step < kPeakDepth / 32; ++step) multiply_64x256x32<true>(sums, a + 2 * step, b + 2 * step, 1);
    commit_products();
    wait_for_products<1>();
  }
  wait_for_products<0>();
  uint32_t sum = 0;
#pragma unroll
  for (int i = 0; i < 128; ++i) sum += static_cast<uint32_t>(sums[i]);
  __syncthreads();
  add_from_block(sum, reinterpret_cast<uint32_t*>(shared), sink);
}
OCTAVO_REGISTER(peak_wgmma)

}  // namespace octavo::device
