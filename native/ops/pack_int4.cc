#include "ops/pack_int4.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "core/sizes.h"
#include "kernels/gemm_i4/gemm_i4.h"

namespace octavo {
namespace {

constexpr int32_t kSymmetricZero = 8;

Status check_source(const Int4Source& source, size_t group, size_t count) {
  if (group % kInt4Depth != 0)
    return Status::error(Code::kRange, "group must be a multiple of 8, or at least k, got " + std::to_string(group));
  if (group > kMostInt4Group)
    return Status::error(Code::kRange, "groups must be of at most " + std::to_string(kMostInt4Group) +
                                           " values so that no sum can leave int32, got " + std::to_string(group));
  for (size_t i = 0; i < count; ++i)
    if (!std::isfinite(source.scales[i]))
      return Status::error(Code::kRange, "scale[" + std::to_string(i) + "] must be finite");
  const int32_t low = source.is_signed ? -8 : 0;
  for (size_t i = 0; source.zero_points != nullptr && i < count; ++i)
    if (const int32_t zero = source.zero_points[i]; zero < low || zero > low + 15)
      return Status::error(Code::kRange, "zeroPoint[" + std::to_string(i) + "] must be from " + std::to_string(low) +
                                             " to " + std::to_string(low + 15) + ", got " + std::to_string(zero));
  return {};
}

/// Value p of column j, 0 .. 15.
uint8_t weight_at(const Int4Source& source, size_t j, size_t p) {
  const size_t at = j * source.row_values + p;
  const uint8_t nibble = static_cast<uint8_t>(source.nibbles[at / 2] >> (at % 2 * 4) & 15);
  return source.is_signed ? nibble ^ 8 : nibble;
}

/// One step of one column: 4 bytes.
void pack_step(const Int4Source& source, size_t j, size_t p0, uint8_t* bytes) {
  const size_t count = std::min(kInt4Depth, source.k - p0);
  for (size_t p = 0; p < count; ++p)
    bytes[p % 4] = static_cast<uint8_t>(bytes[p % 4] | weight_at(source, j, p0 + p) << p / 4 * 4);
}

/// One column of a panel, whose first byte is at `column`.
void pack_column(const Int4Source& source, const PackedInt4& packed, size_t j, uint8_t* panel) {
  const size_t column = j % kInt4Columns;
  uint8_t* const at = panel + column * 4;  // of a step; of scales too, which are as wide
  for (size_t g = 0; g < packed.groups; ++g)
    std::memcpy(at + int4_scale_offset(packed.group, g), &source.scales[j * packed.groups + g], sizeof(float));
  for (size_t p = 0; p < source.k; p += kInt4Depth)
    pack_step(source, j, p, at + int4_step_offset(packed.group, packed.groups, p));
}

bool has_other_zero(const Int4Source& source, size_t count) {
  const int8_t usual = source.is_signed ? 0 : kSymmetricZero;
  return source.zero_points != nullptr &&
         std::any_of(source.zero_points, source.zero_points + count, [&](int8_t zero) { return zero != usual; });
}

void pack_zero_points(const Int4Source& source, PackedInt4* packed) {
  uint8_t* zeros = packed->zero_points.as<uint8_t>();
  for (size_t j = 0; j < source.n; ++j)
    for (size_t g = 0; g < packed->groups; ++g) {
      const int32_t zero = source.zero_points[j * packed->groups + g] + (source.is_signed ? kSymmetricZero : 0);
      zeros[(j / kInt4Columns * packed->groups + g) * kInt4Columns + j % kInt4Columns] = static_cast<uint8_t>(zero);
    }
}

}  // namespace

size_t PackedInt4::column_bytes() const { return int4_panel_bytes(k, groups) / kInt4Columns; }

Status pack_int4(const Int4Source& source, PackedInt4* packed) {
  const bool whole = source.group == 0 || source.group >= source.k;
  const size_t group = whole ? std::max(kInt4Depth, round_up(source.k, kInt4Depth)) : source.group;
  const size_t groups = divide_up(source.k, group), count = multiply_sizes(source.n, groups);
  if (Status s = check_source(source, group, count); !s.ok()) return s;
  packed->k = source.k, packed->n = source.n, packed->group = group, packed->groups = groups;
  const size_t panels = divide_up(source.n, kInt4Columns), panel_bytes = int4_panel_bytes(source.k, groups);
  const size_t bytes = multiply_sizes(panels, panel_bytes);
  const size_t zero_bytes =
      has_other_zero(source, count) ? multiply_sizes(multiply_sizes(panels, groups), kInt4Columns) : 0;
  if (!packed->panels.allocate(bytes) || !packed->zero_points.allocate(zero_bytes))
    return Status::error(Code::kNative, "no memory for packed weights of k " + std::to_string(source.k) + ", n " +
                                            std::to_string(source.n));
  std::memset(packed->panels.as<uint8_t>(), 0, bytes);
  // Any number of columns can have no values.
  for (size_t j = 0; source.k > 0 && j < source.n; ++j)
    pack_column(source, *packed, j, packed->panels.as<uint8_t>() + j / kInt4Columns * panel_bytes);
  if (zero_bytes == 0) return {};
  std::memset(packed->zero_points.as<uint8_t>(), 0, zero_bytes);
  pack_zero_points(source, packed);
  return {};
}

}  // namespace octavo
