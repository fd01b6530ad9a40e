// Codebook GEMM for ARMv8-A: the table lies in four registers, by the bytes of its values, each of which looks up one
// byte of 16 columns; zips join them.
#include "kernels/gemm_lut4/gemm_lut4.h"

#include "core/panel_tile.h"
#include "kernels/gemm_f16/gemm_f16_ops_neon.h"

namespace octavo {
namespace {

constexpr size_t kMr = 3;  // four rows' sums leave too few registers to decode in
constexpr size_t kFewRows = 8;

/// Joins the lower and the upper 16 bits of 8 columns.
template <int kFirst, typename Take>
OCTAVO_INLINE void take_columns(uint8x16_t low, uint8x16_t high, const Take& take) {
  const uint16x8_t a = vreinterpretq_u16_u8(low), b = vreinterpretq_u16_u8(high);
  take(std::integral_constant<int, kFirst>{}, vreinterpretq_f32_u16(vzip1q_u16(a, b)));
  take(std::integral_constant<int, kFirst + 1>{}, vreinterpretq_f32_u16(vzip2q_u16(a, b)));
}

struct Lut4Decoder {
  using Ops = Ops128;
  using Step = uint8x16x4_t;
  static constexpr int kValues = kLut4StepValues;
  static constexpr bool kScaled = true;
  template <int R>
  static constexpr int kVectors = 1;

  uint8x16x4_t planes;

  explicit Lut4Decoder(const float* values) : planes(vld4q_u8(reinterpret_cast<const uint8_t*>(values))) {}
  /// Byte i of each column's dword: the codes of values 2 i and 2 i + 1.
  static OCTAVO_INLINE Step load(const uint8_t* b) { return vld4q_u8(b); }
  template <int kAt, typename Take>
  OCTAVO_INLINE void decode(const Step& step, const Take& take) const {
    uint8x16_t code = step.val[kAt / 2];
    if constexpr (kAt % 2 == 0) code = vshlq_n_u8(code, 4);  // a mask would need a register
    code = vshrq_n_u8(code, 4);
    uint8x16_t byte[4];
    unroll<4>([&](auto i) OCTAVO_INLINE_LAMBDA { byte[i] = vqtbl1q_u8(planes.val[i], code); });
    take_columns<0>(vzip1q_u8(byte[0], byte[1]), vzip1q_u8(byte[2], byte[3]), take);
    take_columns<2>(vzip2q_u8(byte[0], byte[1]), vzip2q_u8(byte[2], byte[3]), take);
  }
};

void gemm_lut4_neon(const GemmLut4Strip& s) { run_strip<kMr>(s, Lut4Decoder(s.table), s.group); }

void decode_lut4_neon(const PanelPart& part, const float* table, float* panels) {
  decode_part(part, Lut4Decoder(table), panels);
}

void add_lut4_neon(const Lut4Sums& s) { add_sums<Ops128>(s); }

}  // namespace

const GemmLut4Kernel kGemmLut4Neon = {kMr, kFewRows, gemm_lut4_neon, decode_lut4_neon, add_lut4_neon};

}  // namespace octavo
