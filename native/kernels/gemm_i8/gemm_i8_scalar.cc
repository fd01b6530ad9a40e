// The definition of the int8 GEMM: plain loops over the packed layout. Every other kernel gives these bytes.
#include "kernels/gemm_i8/gemm_i8.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_scalar.h"

namespace octavo {
namespace {

constexpr size_t kMr = 4, kNr = 16, kKr = 4, kFlipColumns = 64;

/// sum over k of a[p] * b[p][column] for one column of one panel, modulo 2^32.
uint32_t dot_u8_s8(const GemmI8Strip& s, const uint8_t* a, const int8_t* panel, size_t column) {
  const int32_t flip = s.a_signed ? 0x80 : 0;
  uint32_t acc = 0;
  for (size_t p = 0; p < s.k; ++p) {
    const int32_t b = panel[(p / kKr * kNr + column) * kKr + p % kKr];
    acc += static_cast<uint32_t>((a[p] ^ flip) * b);
  }
  return acc;
}

void gemm_i8_scalar(const GemmI8Strip& s) {
  const size_t panel_bytes = (s.k + kKr - 1) / kKr * kKr * kNr;
  for (size_t r = 0; r < s.rows; ++r) {
    const uint8_t* a = static_cast<const uint8_t*>(s.a) + r * s.a_stride_bytes;
    for (size_t j = 0; j < s.n; ++j) store_value_scalar(s, r, j, dot_u8_s8(s, a, s.b + j / kNr * panel_bytes, j % kNr));
  }
}

}  // namespace

const GemmI8Kernel kGemmI8Scalar = {kMr, kNr, kKr, AForm::kU8, kFlipColumns, gemm_i8_scalar};

}  // namespace octavo
