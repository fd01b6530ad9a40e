// Codebook GEMM for AVX-512: the table is one register, and a permutation by codes looks up 16 columns. It reads the
// lowest 4 bits of each lane, so that a shift is all that brings a code there.
#include "kernels/gemm_lut4/gemm_lut4.h"

#include "core/panel_tile.h"
#include "kernels/gemm_f16/gemm_f16_ops_avx512vnni.h"

namespace octavo {
namespace {

constexpr size_t kMr = 8;

struct Lut4Decoder {
  using Ops = Ops512;
  using Step = __m512i;
  static constexpr int kValues = kLut4StepValues;
  static constexpr bool kScaled = true;
  template <int R>
  static constexpr int kVectors = R <= 2   ? 8
                                  : R <= 4 ? 4
                                           : 2;

  __m512 table;

  explicit Lut4Decoder(const float* values) : table(_mm512_load_ps(values)) {}
  /// Into a register: a compiler reads each step's memory 8 times instead, once for each shift (measured: 242 us for a
  /// row times 4096 x 4096 instead of 222).
  static OCTAVO_INLINE Step load(const uint8_t* b) {
    Step step = _mm512_load_si512(b);
#ifdef __GNUC__
    asm("" : "+v"(step));
#endif
    return step;
  }
  template <int kAt, typename Take>
  OCTAVO_INLINE void decode(Step step, const Take& take) const {
    take(std::integral_constant<int, 0>{}, _mm512_permutexvar_ps(_mm512_srli_epi32(step, 4 * kAt), table));
  }
};

void gemm_lut4_avx512vnni(const GemmLut4Strip& s) { run_strip<kMr>(s, Lut4Decoder(s.table), s.group); }

void decode_lut4_avx512vnni(const PanelPart& part, const float* table, float* panels) {
  decode_part(part, Lut4Decoder(table), panels);
}

void add_lut4_avx512vnni(const Lut4Sums& s) { add_sums<Ops512>(s); }

}  // namespace

const GemmLut4Kernel kGemmLut4Avx512vnni = {kMr, SIZE_MAX, gemm_lut4_avx512vnni, decode_lut4_avx512vnni,
                                            add_lut4_avx512vnni};

}  // namespace octavo
