// GEMM with 16-bit float weights for AVX-512: 16 columns are widened by one instruction, or two.
#include "kernels/gemm_f16/gemm_f16.h"

#include "core/panel_tile.h"
#include "kernels/gemm_f16/gemm_f16_ops_avx512vnni.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_avx512vnni.h"

namespace octavo {
namespace {

constexpr size_t kMr = 8;
constexpr size_t kGroup = 128;  // values of k between which sums lie in C

template <HalfType kType>
struct HalfDecoder {
  using Ops = Ops512;
  using Step = const uint8_t*;
  static constexpr int kValues = kF16StepValues;
  static constexpr bool kScaled = false;
  template <int R>
  static constexpr int kVectors = R <= 2   ? 8
                                  : R <= 4 ? 4
                                           : 2;

  static OCTAVO_INLINE Step load(const uint8_t* b) { return b; }
  template <int kAt, typename Take>
  OCTAVO_INLINE void decode(Step step, const Take& take) const {
    const __m256i bits = _mm256_load_si256(reinterpret_cast<const __m256i*>(step + kAt * 32));
    if constexpr (kType == HalfType::kFloat16)
      take(std::integral_constant<int, 0>{}, _mm512_cvtph_ps(bits));
    else
      take(std::integral_constant<int, 0>{}, _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16)));
  }
};

void gemm_f16_avx512vnni(const GemmF16Strip& s) {
  if (s.type == HalfType::kFloat16) return run_strip<kMr>(s, HalfDecoder<HalfType::kFloat16>(), kGroup);
  run_strip<kMr>(s, HalfDecoder<HalfType::kBfloat16>(), kGroup);
}

void decode_f16_avx512vnni(const PanelPart& part, HalfType type, float* panels) {
  if (type == HalfType::kFloat16) return decode_part(part, HalfDecoder<HalfType::kFloat16>(), panels);
  decode_part(part, HalfDecoder<HalfType::kBfloat16>(), panels);
}

void narrow_f16_avx512vnni(const float* values, size_t count, uint16_t* to) {
  for (; count >= 16; count -= 16, values += 16, to += 16)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), to_float16(_mm512_loadu_ps(values)));
  const auto mask = static_cast<__mmask16>((1u << count) - 1);
  _mm256_mask_storeu_epi16(to, mask, to_float16(_mm512_maskz_loadu_ps(mask, values)));
}

}  // namespace

const GemmF16Kernel kGemmF16Avx512vnni = {kMr, SIZE_MAX, gemm_f16_avx512vnni, decode_f16_avx512vnni,
                                          narrow_f16_avx512vnni};

}  // namespace octavo
