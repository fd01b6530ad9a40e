// GEMM with 16-bit float weights for AVX2: 8 columns are widened by one instruction, or two.
#include "kernels/gemm_f16/gemm_f16.h"

#include "core/panel_tile.h"
#include "kernels/gemm_f16/gemm_f16_ops_avx2.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_avx2.h"

namespace octavo {
namespace {

constexpr size_t kMr = 4;
constexpr size_t kFewRows = 32;
constexpr size_t kGroup = 128;  // values of k between which sums lie in C

template <HalfType kType>
struct HalfDecoder {
  using Ops = Ops256;
  using Step = const uint8_t*;
  static constexpr int kValues = kF16StepValues;
  static constexpr bool kScaled = false;
  template <int R>
  static constexpr int kVectors = R == 1   ? 4
                                  : R == 2 ? 2
                                           : 1;

  static OCTAVO_INLINE Step load(const uint8_t* b) { return b; }
  template <int kAt, typename Take>
  OCTAVO_INLINE void decode(Step step, const Take& take) const {
    unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA {
      const __m128i bits = _mm_load_si128(reinterpret_cast<const __m128i*>(step + kAt * 32 + h * 16));
      if constexpr (kType == HalfType::kFloat16)
        take(h, _mm256_cvtph_ps(bits));
      else
        take(h, _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16)));
    });
  }
};

void gemm_f16_avx2(const GemmF16Strip& s) {
  if (s.type == HalfType::kFloat16) return run_strip<kMr>(s, HalfDecoder<HalfType::kFloat16>(), kGroup);
  run_strip<kMr>(s, HalfDecoder<HalfType::kBfloat16>(), kGroup);
}

void decode_f16_avx2(const PanelPart& part, HalfType type, float* panels) {
  if (type == HalfType::kFloat16) return decode_part(part, HalfDecoder<HalfType::kFloat16>(), panels);
  decode_part(part, HalfDecoder<HalfType::kBfloat16>(), panels);
}

void narrow_f16_avx2(const float* values, size_t count, uint16_t* to) {
  for (; count >= 8; count -= 8, values += 8, to += 8)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), to_float16(_mm256_loadu_ps(values)));
  for (size_t i = 0; i < count; ++i) to[i] = to_float16(values[i]);
}

}  // namespace

const GemmF16Kernel kGemmF16Avx2 = {kMr, kFewRows, gemm_f16_avx2, decode_f16_avx2, narrow_f16_avx2};

}  // namespace octavo
