// The definition of the GEMM with 16-bit float weights: plain loops over the packed layout.
#include <cstring>

#include "core/float_bits.h"
#include "core/fused_multiply_add.h"
#include "kernels/gemm_f16/gemm_f16.h"

namespace octavo {
namespace {

constexpr size_t kMr = 4, kNr = 16;

/// Value p of one column of a vector, whose steps start at b.
float weight_at(const uint8_t* b, size_t step_bytes, size_t p, size_t column, HalfType type) {
  uint16_t bits;
  const size_t row = p % kF16StepValues * kVectorColumns + column;
  std::memcpy(&bits, b + p / kF16StepValues * step_bytes + row * sizeof bits, sizeof bits);
  return type == HalfType::kFloat16 ? from_float16(bits) : float_of_bits(static_cast<uint32_t>(bits) << 16);
}

void gemm_f16_scalar(const GemmF16Strip& s) {
  for (size_t v = 0; v < s.vectors; ++v) {
    const size_t panel = v / kPanelVectors * kPanelVectors;
    const size_t width = s.vectors - panel < kPanelVectors ? s.vectors - panel : kPanelVectors;
    const uint8_t* b = s.b + panel * f16_vector_bytes(s.k) + (v - panel) * kStepBytes;
    for (size_t r = 0; r < s.rows; ++r)
      for (size_t column = 0; column < kVectorColumns; ++column) {
        float f = 0;
        for (size_t p = 0; p < s.k; ++p)
          f = fused_multiply_add(s.a[r * s.a_stride + p], weight_at(b, width * kStepBytes, p, column, s.type), f);
        s.c[r * s.c_stride + v * kVectorColumns + column] = f;
      }
  }
}

void decode_f16_scalar(const PanelPart& part, HalfType type, float* panels) {
  for (size_t j = 0; j < part.vectors * kVectorColumns; j += kNr)
    for (size_t p = 0; p < part.values; ++p)
      for (size_t i = j; i < j + kNr; ++i)
        *panels++ = weight_at(part.b + i / kVectorColumns * kStepBytes, part.step_bytes, p, i % kVectorColumns, type);
}

void narrow_f16_scalar(const float* values, size_t count, uint16_t* to) {
  for (size_t i = 0; i < count; ++i) to[i] = to_float16(values[i]);
}

}  // namespace

const GemmF16Kernel kGemmF16Scalar = {kMr, kMr, gemm_f16_scalar, decode_f16_scalar, narrow_f16_scalar};

}  // namespace octavo
