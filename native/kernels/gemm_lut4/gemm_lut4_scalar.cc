// The definition of the codebook GEMM: plain loops over the packed layout. Every other kernel gives these bytes.
#include <cstring>

#include "core/fused_multiply_add.h"
#include "kernels/gemm_lut4/gemm_lut4.h"

namespace octavo {
namespace {

constexpr size_t kMr = 4, kNr = 16;

/// Code p of a column, whose dword of the first step is at b.
size_t code_at(const uint8_t* b, size_t step_bytes, size_t p) {
  const size_t value = p % kLut4StepValues;
  return b[p / kLut4StepValues * step_bytes + value / 2] >> value % 2 * 4 & 15;
}

/// One column of a panel of `width` vectors; its dword of the first step is at b.
float sum_groups(const GemmLut4Strip& s, size_t r, size_t width, const uint8_t* b) {
  const float* a = s.a + r * s.a_stride;
  const size_t step_bytes = width * kStepBytes, absmax_at = width * lut4_group_bytes(s.group);
  float f = 0;
  for (size_t g = 0; g < s.k; g += s.group) {
    float acc = 0, absmax;
    for (size_t p = 0; p < s.group; ++p) acc = fused_multiply_add(a[g + p], s.table[code_at(b, step_bytes, p)], acc);
    std::memcpy(&absmax, b + absmax_at, sizeof absmax);
    f = fused_multiply_add(acc, absmax, f);
    b += absmax_at + step_bytes;
  }
  return f;
}

void gemm_lut4_scalar(const GemmLut4Strip& s) {
  const size_t vector_bytes = lut4_vector_bytes(s.k, s.group);
  for (size_t j = 0; j < s.vectors * kVectorColumns; ++j) {
    const size_t panel = j / kPanelColumns * kPanelVectors;
    const size_t width = s.vectors - panel < kPanelVectors ? s.vectors - panel : kPanelVectors;
    const uint8_t* b = s.b + panel * vector_bytes + j % kPanelColumns * sizeof(uint32_t);
    for (size_t r = 0; r < s.rows; ++r) s.c[r * s.c_stride + j] = sum_groups(s, r, width, b);
  }
}

void decode_lut4_scalar(const PanelPart& part, const float* table, float* panels) {
  for (size_t j = 0; j < part.vectors * kVectorColumns; j += kNr)
    for (size_t p = 0; p < part.values; ++p)
      for (size_t i = j; i < j + kNr; ++i)
        *panels++ = table[code_at(part.b + i / kVectorColumns * kStepBytes + i % kVectorColumns * sizeof(uint32_t),
                                  part.step_bytes, p)];
}

void add_lut4_scalar(const Lut4Sums& s) {
  for (size_t r = 0; r < s.rows; ++r)
    for (size_t j = 0; j < s.vectors * kVectorColumns; ++j) {
      float* const f = s.c + r * s.c_stride + j;
      *f = fused_multiply_add(s.sums[r * s.sums_stride + j], s.absmax[j], *f);
    }
}

}  // namespace

const GemmLut4Kernel kGemmLut4Scalar = {kMr, kMr, gemm_lut4_scalar, decode_lut4_scalar, add_lut4_scalar};

}  // namespace octavo
