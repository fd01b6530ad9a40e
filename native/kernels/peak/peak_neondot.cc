// Peak of the dot product: SDOT; the rest is as without it.
#include "kernels/peak/peak.h"
#include "kernels/peak/peak_rounds_neon.h"

namespace octavo {
namespace {

double peak_int8(size_t iterations) {
  return peak_rounds(iterations, 16,
                     [](int32x4_t acc, int8x16_t a, int8x16_t b) OCTAVO_INLINE_LAMBDA { return vdotq_s32(acc, a, b); });
}

double peak_float32(size_t iterations) { return kPeakNeon.float32(iterations); }

uint64_t read_bytes(const uint8_t* source, size_t bytes) { return kPeakNeon.read(source, bytes); }

}  // namespace

const PeakKernel kPeakNeondot = {peak_int8, peak_float32, read_bytes};

}  // namespace octavo
