// GEMM with 16-bit float weights for ARMv8-A: 4 columns are widened by one instruction.
#include "kernels/gemm_f16/gemm_f16.h"

#include "core/panel_tile.h"
#include "kernels/gemm_f16/gemm_f16_ops_neon.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_neon.h"

namespace octavo {
namespace {

constexpr size_t kMr = 4;
constexpr size_t kFewRows = 8;
constexpr size_t kGroup = 128;  // values of k between which sums lie in C

template <HalfType kType>
struct HalfDecoder {
  using Ops = Ops128;
  using Step = const uint8_t*;
  static constexpr int kValues = kF16StepValues;
  static constexpr bool kScaled = false;
  template <int R>
  static constexpr int kVectors = R <= 2 ? 2 : 1;

  static OCTAVO_INLINE Step load(const uint8_t* b) { return b; }
  template <int kAt, typename Take>
  OCTAVO_INLINE void decode(Step step, const Take& take) const {
    unroll<4>([&](auto h) OCTAVO_INLINE_LAMBDA {
      const uint16x4_t bits = vld1_u16(reinterpret_cast<const uint16_t*>(step + kAt * 32 + h * 8));
      if constexpr (kType == HalfType::kFloat16)
        take(h, vcvt_f32_f16(vreinterpret_f16_u16(bits)));
      else
        take(h, vreinterpretq_f32_u32(vshll_n_u16(bits, 16)));
    });
  }
};

void gemm_f16_neon(const GemmF16Strip& s) {
  if (s.type == HalfType::kFloat16) return run_strip<kMr>(s, HalfDecoder<HalfType::kFloat16>(), kGroup);
  run_strip<kMr>(s, HalfDecoder<HalfType::kBfloat16>(), kGroup);
}

void decode_f16_neon(const PanelPart& part, HalfType type, float* panels) {
  if (type == HalfType::kFloat16) return decode_part(part, HalfDecoder<HalfType::kFloat16>(), panels);
  decode_part(part, HalfDecoder<HalfType::kBfloat16>(), panels);
}

void narrow_f16_neon(const float* values, size_t count, uint16_t* to) {
  for (; count >= 4; count -= 4, values += 4, to += 4) vst1_u16(to, to_float16(vld1q_f32(values)));
  for (size_t i = 0; i < count; ++i) to[i] = to_float16(values[i]);
}

}  // namespace

const GemmF16Kernel kGemmF16Neon = {kMr, kFewRows, gemm_f16_neon, decode_f16_neon, narrow_f16_neon};

}  // namespace octavo
