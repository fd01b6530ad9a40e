#include "ops/turbo_encode.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/float_bits.h"
#include "ops/row_groups.h"
#include "ops/scratch.h"

namespace octavo {
namespace {

/// Rows that are rotated and then encoded together.
constexpr size_t kGroupValues = 4096;
constexpr size_t kMostGroup = kGroupValues / kLeastTurboDim;

struct Encoding {
  const KernelSet& set;
  const TurboRotation& rotation;
  const TurboFormat& format;
};

Status at_row(size_t row, const std::string& what) {
  return Status::error(Code::kRange, "row " + std::to_string(row) + " " + what);
}

/// 2^-e for the exponent e of a finite magnitude, kept a normal float32.
float power_below(float magnitude) {
  const uint32_t exponent = bits_of(magnitude) >> 23;
  return float_of_bits(std::max(254 - exponent, 1u) << 23);
}

/// The scale of a vector whose sums are those of the vector times `factor`.
double scale_of(TurboScale kind, const CodeSums& sums, size_t dim, float factor) {
  const double norm = static_cast<double>(sums.norm) / factor, count = static_cast<double>(dim);
  if (norm == 0) return 0;
  const double mean = norm / std::sqrt(count);
  switch (kind) {
    case TurboScale::kMatchedNorm:
      return norm / std::sqrt(static_cast<double>(sums.squares));
    case TurboScale::kMinMse:
      return mean * (static_cast<double>(sums.dot) / sums.squares);
    case TurboScale::kUnbiased:
      return mean * (count / sums.dot);
    default:
      return mean;
  }
}

float float16_value(float value) {
  const uint16_t half = to_float16(value);
  const uint32_t exponent = half >> 10 & 31, mantissa = half & 0x3FFu;
  if (exponent == 0) return static_cast<float>(mantissa) * 0x1p-24f;
  return float_of_bits((exponent == 31 ? 255u : exponent + 112) << 23 | mantissa << 13);
}

/// Encodes rows x from the `first`-th on, at most a group of them.
Status encode_group(const Encoding& how, const VectorRows<const float>& x, size_t first, const TurboCodes& codes) {
  const size_t dim = how.rotation.dim();
  auto* rotated = static_cast<float*>(scratch(ScratchSlot::kRotatedRows, x.rows * dim * sizeof(float)));
  if (rotated == nullptr) return Status::error(Code::kNative, "no memory for rotated vectors");
  float factors[kMostGroup];
  for (size_t r = 0; r < x.rows; ++r) {
    const MinMax range = how.set.minmax->uniform(x.first + r * x.stride, dim);
    if (range.nan_count + range.infinity_count > 0) return at_row(first + r, "has a value that is not finite");
    factors[r] = power_below(std::max(-range.min, range.max));
  }
  if (Status s = how.rotation.forward(how.set, x, {rotated, dim, x.rows}, factors); !s.ok()) return s;
  for (size_t r = 0; r < x.rows; ++r) {
    const Codebook& book = codebook_of(how.format.bits);
    const CodeSums sums =
        how.set.codes->encode(rotated + r * dim, dim, book, codes.codes + (first + r) * codes.stride_bytes);
    auto scale = static_cast<float>(scale_of(how.format.scale, sums, dim, factors[r]));
    if (how.format.scale_type == ScaleType::kFloat16) scale = float16_value(scale);
    if (!std::isfinite(scale))
      return at_row(first + r, how.format.scale_type == ScaleType::kFloat16
                                   ? "needs a scale beyond float16, whose largest value is 65504: take float32 scales"
                                   : "needs a scale beyond float32");
    codes.scales[first + r] = scale;
  }
  return {};
}

}  // namespace

Status encode_rows(const KernelSet& set, const TurboRotation& rotation, const TurboFormat& format,
                   const VectorRows<const float>& x, const TurboCodes& codes) {
  const Encoding how = {set, rotation, format};
  const size_t group = std::max<size_t>(1, kGroupValues / rotation.dim());
  return for_row_groups(x.rows, rotation.dim(), [&](size_t from, size_t rows) {
    for (size_t row = 0; row < rows; row += group) {
      const Status status = encode_group(how, x.part(from + row, std::min(group, rows - row)), from + row, codes);
      if (!status.ok()) return status;
    }
    return Status{};
  });
}

Status decode_rows(const KernelSet& set, const TurboRotation& rotation, size_t bits, const TurboCodesView& codes,
                   const VectorRows<float>& x) {
  const Codebook& book = codebook_of(bits);
  return for_row_groups(x.rows, rotation.dim(), [&](size_t from, size_t rows) {
    const VectorRows<float> part = x.part(from, rows);
    for (size_t r = 0; r < rows; ++r)
      set.codes->decode(codes.codes + (from + r) * codes.stride_bytes, rotation.dim(), book,
                        part.first + r * part.stride);
    return rotation.backward(set, {part.first, part.stride, rows}, part, codes.scales + from);
  });
}

}  // namespace octavo
