// Codebook GEMM for AVX2: a permutation looks 8 columns up in half the table by the low 3 bits of their codes, and the
// highest bit chooses between the halves.
#include "kernels/gemm_lut4/gemm_lut4.h"

#include "core/panel_tile.h"
#include "kernels/gemm_f16/gemm_f16_ops_avx2.h"

namespace octavo {
namespace {

constexpr size_t kMr = 4;
constexpr size_t kFewRows = 32;

struct Lut4Decoder {
  using Ops = Ops256;
  using Step = const uint8_t*;
  static constexpr int kValues = kLut4StepValues;
  static constexpr bool kScaled = true;
  template <int R>
  static constexpr int kVectors = R == 1 ? 2 : 1;

  __m256 low, high;

  explicit Lut4Decoder(const float* values) : low(_mm256_load_ps(values)), high(_mm256_load_ps(values + 8)) {}
  static OCTAVO_INLINE Step load(const uint8_t* b) { return b; }
  template <int kAt, typename Take>
  OCTAVO_INLINE void decode(Step step, const Take& take) const {
    unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA {
      const __m256i codes = _mm256_load_si256(reinterpret_cast<const __m256i*>(step) + h);
      const __m256i code = _mm256_srli_epi32(codes, 4 * kAt);
      const __m256 sign = _mm256_castsi256_ps(_mm256_slli_epi32(codes, 28 - 4 * kAt));
      take(h, _mm256_blendv_ps(_mm256_permutevar8x32_ps(low, code), _mm256_permutevar8x32_ps(high, code), sign));
    });
  }
};

void gemm_lut4_avx2(const GemmLut4Strip& s) { run_strip<kMr>(s, Lut4Decoder(s.table), s.group); }

void decode_lut4_avx2(const PanelPart& part, const float* table, float* panels) {
  decode_part(part, Lut4Decoder(table), panels);
}

void add_lut4_avx2(const Lut4Sums& s) { add_sums<Ops256>(s); }

}  // namespace

const GemmLut4Kernel kGemmLut4Avx2 = {kMr, kFewRows, gemm_lut4_avx2, decode_lut4_avx2, add_lut4_avx2};

}  // namespace octavo
