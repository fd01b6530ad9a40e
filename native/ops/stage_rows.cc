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

/// Stands for activations without values, which may lie at null.
constexpr float kNothing = 0;

/// What staging needs to know of a call, decided once for all rows.
struct Plan {
  const Activations& a;
  AForm form;
  size_t k, row_bytes;
  bool is_float, is_signed;  // of the bytes: floats are quantized to them first
  bool in_form, in_place;    // the bytes have the kernel's form; they can be read where they are

  Plan(const KernelSet& set, const Activations& activations, const PackedInt8& b, size_t rows)
      : a(activations), form(set.gemm_i8->a_form), k(b.k), row_bytes(staged_row_bytes(*set.gemm_i8, b.k)) {
    is_float = a.type == ActivationType::kFloat32;
    is_signed = is_float ? a.quantization.is_signed && !a.quantization.dynamic : a.type == ActivationType::kInt8;
    in_form = form == AForm::kU8 && !is_signed;
    in_place = in_form && !is_float && k == b.k_padded && !rows_collide(a.row_stride, rows);
  }
  const void* row(size_t r) const {
    if (k == 0) return &kNothing;
    return static_cast<const char*>(a.data) + r * a.row_stride * (is_float ? sizeof(float) : 1);
  }
};

/// Brings one row into the kernel's form; `scratch_row` takes bytes that still have to be converted. Returns the scale
/// of a row that was quantized.
float stage_row(const KernelSet& set, const Plan& plan, size_t r, uint8_t* staged, uint8_t* scratch_row) {
  float scale = 0;
  const auto* bytes = static_cast<const uint8_t*>(plan.row(r));
  if (plan.is_float) {
    uint8_t* quantized = plan.in_form ? staged : scratch_row;
    scale = quantize_row(set, plan.a.quantization, static_cast<const float*>(plan.row(r)), plan.k, quantized);
    bytes = quantized;
  }
  if (bytes == staged)
    std::memset(staged + plan.k, 0, plan.row_bytes - plan.k);
  else
    convert_row(plan.form, bytes, plan.is_signed, plan.k, staged, plan.row_bytes);
  return scale;
}

}  // namespace

/// An odd number of cache lines, so that a strip's rows spread over all sets of the first level cache.
size_t staged_row_bytes(const GemmI8Kernel& kernel, size_t k) {
  const size_t lines = divide_up(multiply_sizes(round_up(k, kernel.kr), kernel.a_form == AForm::kI16 ? 2 : 1), 64);
  return multiply_sizes(lines | 1, 64);
}

StagedRows stage_rows(const KernelSet& set, const Activations& a, const PackedInt8& b, RowRange rows, bool with_sums) {
  const Plan plan(set, a, b, rows.count);
  auto* sums = static_cast<int32_t*>(scratch(ScratchSlot::kRowTerms, rows.count * (sizeof(int32_t) + sizeof(float))));
  auto* staged = static_cast<uint8_t*>(scratch(ScratchSlot::kStagedRows, multiply_sizes(rows.count, plan.row_bytes)));
  auto* scratch_row = static_cast<uint8_t*>(scratch(ScratchSlot::kQuantizedRow, b.k));
  if (sums == nullptr || staged == nullptr || scratch_row == nullptr) return {};
  auto* scales = reinterpret_cast<float*>(sums + rows.count);
  for (size_t r = 0; r < rows.count; ++r) {
    uint8_t* row = staged + r * plan.row_bytes;
    if (!plan.in_place) scales[r] = stage_row(set, plan, rows.first + r, row, scratch_row);
    if (with_sums) sums[r] = sum_row(plan.form, plan.in_place ? plan.row(rows.first + r) : row, b.k);
  }
  StagedRows result;
  result.data = plan.in_place ? plan.row(rows.first) : staged;
  result.stride_bytes = plan.in_place && b.k > 0 ? a.row_stride : plan.row_bytes;
  result.row_sums = with_sums ? sums : nullptr;
  result.row_scales = plan.is_float && a.quantization.dynamic ? scales : nullptr;
  return result;
}

}  // namespace octavo
