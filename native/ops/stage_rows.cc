#include "ops/stage_rows.h"

#include <cstring>

#include "core/sizes.h"
#include "ops/scratch.h"

namespace octavo {
namespace {

/// Bytes to the kernel's form, k values padded with zeros to the row's end.
void convert_row(AForm form, const uint8_t* bytes, bool is_signed, size_t k, void* staged, size_t row_bytes) {
  if (form == AForm::kI16) {
    int16_t* out = static_cast<int16_t*>(staged);
    const int8_t* signed_bytes = reinterpret_cast<const int8_t*>(bytes);
    if (is_signed)
      for (size_t p = 0; p < k; ++p) out[p] = signed_bytes[p];
    else
      for (size_t p = 0; p < k; ++p) out[p] = bytes[p];
    std::memset(out + k, 0, row_bytes - 2 * k);
    return;
  }
  const uint8_t flip = is_signed == (form == AForm::kU8) ? 0x80 : 0;
  uint8_t* out = static_cast<uint8_t*>(staged);
  for (size_t p = 0; p < k; ++p) out[p] = bytes[p] ^ flip;
  std::memset(out + k, 0, row_bytes - k);
}

int32_t sum_row(AForm form, const void* staged, size_t k) {
  uint32_t sum = 0;
  const int16_t* words = static_cast<const int16_t*>(staged);
  const uint8_t* bytes = static_cast<const uint8_t*>(staged);
  for (size_t p = 0; p < k; ++p) {
    const int32_t value = form == AForm::kI16  ? words[p]
                          : form == AForm::kS8 ? static_cast<int8_t>(bytes[p])
                                               : bytes[p];
    sum += static_cast<uint32_t>(value);
  }
  return static_cast<int32_t>(sum);
}

/// Rows that start a multiple of 2 KiB apart share few sets of the first level cache: a strip of them evicts itself.
bool rows_collide(size_t row_stride, size_t rows) { return rows >= 4 && row_stride % 2048 == 0; }

/// One float32 row to bytes; returns the row's scale (0 for static quantization, which has one scale for all).
float quantize_row(const KernelSet& set, const InputQuantization& q, const float* x, size_t k, uint8_t* bytes) {
  if (q.dynamic) return set.quantize->row(x, bytes, k);
  const QuantizeRange range = q.is_signed ? QuantizeRange{-128, 127} : QuantizeRange{0, 255};
  set.quantize->uniform(x, bytes, k, q.scale, q.zero_point, range);
  return 0;
}

}  // namespace

/// An odd number of cache lines, so that a strip's rows spread over all sets of the first level cache.
size_t staged_row_bytes(const GemmI8Kernel& kernel, size_t k) {
  const size_t lines = divide_up(multiply_sizes(round_up(k, kernel.kr), kernel.a_form == AForm::kI16 ? 2 : 1), 64);
  return multiply_sizes(lines | 1, 64);
}

StagedRows stage_rows(const KernelSet& set, const Activations& a, const PackedInt8& b, RowRange rows, bool with_sums) {
  const AForm form = set.gemm_i8->a_form;
  const bool is_float = a.type == ActivationType::kFloat32;
  const bool is_signed =
      is_float ? a.quantization.is_signed && !a.quantization.dynamic : a.type == ActivationType::kInt8;
  // Bytes of the kernel's form are read where they are unless rows need padding or collide; floats are quantized
  // straight into it.
  const bool in_form = form == AForm::kU8 && !is_signed;
  StagedRows staged;
  const size_t k = b.k, row_bytes = staged_row_bytes(*set.gemm_i8, k);
  auto* sums = static_cast<int32_t*>(scratch(ScratchSlot::kRowTerms, rows.count * (sizeof(int32_t) + sizeof(float))));
  auto* out = static_cast<uint8_t*>(scratch(ScratchSlot::kStagedRows, multiply_sizes(rows.count, row_bytes)));
  auto* quantized = static_cast<uint8_t*>(scratch(ScratchSlot::kPackedRows, k));
  if (sums == nullptr || out == nullptr || quantized == nullptr) return staged;
  auto* scales = reinterpret_cast<float*>(sums + rows.count);
  const bool in_place = in_form && !is_float && b.k == b.k_padded && !rows_collide(a.row_stride, rows.count);
  const uint8_t* source = static_cast<const uint8_t*>(a.data) + rows.first * a.row_stride;
  for (size_t r = 0; r < rows.count; ++r) {
    const uint8_t* bytes = source + r * a.row_stride;
    uint8_t* row = out + r * row_bytes;
    if (is_float) {
      const float* x = static_cast<const float*>(a.data) + (rows.first + r) * a.row_stride;
      bytes = in_form ? row : quantized;
      scales[r] = quantize_row(set, a.quantization, x, k, in_form ? row : quantized);
    }
    if (!in_place && bytes != row) convert_row(form, bytes, is_signed, k, row, row_bytes);
    if (bytes == row) std::memset(row + k, 0, row_bytes - k);
    if (with_sums) sums[r] = sum_row(form, in_place ? bytes : row, k);
  }
  staged.data = in_place ? static_cast<const void*>(source) : out;
  staged.stride_bytes = in_place ? a.row_stride : row_bytes;
  staged.row_sums = with_sums ? sums : nullptr;
  staged.row_scales = is_float && a.quantization.dynamic ? scales : nullptr;
  return staged;
}

}  // namespace octavo
