// The limits that benchmarks compare with.
#include "cuda/device/peak.h"

namespace octavo::device {

OCTAVO_KERNEL(peak_copy, kPeakThreads)(Words4* to, const Words4* from, size_t pieces, size_t rest) {
  stream_pieces(pieces, [=](size_t at) { return from[at]; }, [=](size_t at, const Words4& piece) { to[at] = piece; });
  if (blockIdx.x == 0 && threadIdx.x < rest)
    reinterpret_cast<uint8_t*>(to + pieces)[threadIdx.x] = reinterpret_cast<const uint8_t*>(from + pieces)[threadIdx.x];
}
OCTAVO_REGISTER(peak_copy)

OCTAVO_KERNEL(peak_read, kPeakThreads)(const Words4* from, size_t pieces, uint32_t* sink) {
  OCTAVO_SHARED(shared);
  uint32_t sum = 0;
  stream_pieces(
      pieces, [=](size_t at) { return from[at]; }, [&](size_t, const Words4& piece) { sum += sum_of(piece); });
  add_from_block(sum, reinterpret_cast<uint32_t*>(shared), sink);
}
OCTAVO_REGISTER(peak_read)

OCTAVO_KERNEL(peak_mma, kPeakThreads)(size_t repeats, uint32_t* sink) {
  OCTAVO_SHARED(shared);
  add_from_block(multiply_in_registers(repeats), reinterpret_cast<uint32_t*>(shared), sink);
}
OCTAVO_REGISTER(peak_mma)

OCTAVO_KERNEL(peak_hold, 32)(uint64_t duration) {
  const uint64_t start = nanoseconds();
  while (nanoseconds() - start < duration) continue;
}
OCTAVO_REGISTER(peak_hold)

}  // namespace octavo::device
