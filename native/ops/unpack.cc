#include "ops/unpack.h"

#include <algorithm>
#include <cstring>

#include "core/sizes.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "ops/panel_place.h"

namespace octavo {

void unpack_int8(const int8_t* panels, const PanelShape& shape, int8_t* b) {
  const auto [k, n, nr, kr] = shape;
  const size_t k_padded = round_up(k, kr);
  for (size_t j = 0; k > 0 && j < n; ++j) {
    const int8_t* column = panels + j / nr * nr * k_padded + j % nr * kr;
    for (size_t p = 0; p < k; p += kr) std::memcpy(b + j * k + p, column + p * nr, std::min(kr, k - p));
  }
}

void unpack_float32(const KernelSet& set, const PackedFloat32& packed, float* b) {
  const size_t nr = set.gemm_f32->nr, k = packed.k;
  const auto* panels = packed.panels.as<float>();
  for (size_t j = 0; k > 0 && j < packed.n; ++j) {
    const float* column = panels + j / nr * nr * k + j % nr;
    for (size_t p = 0; p < k; ++p) b[j * k + p] = column[p * nr];
  }
}

void unpack_rows(const KernelSet& set, const PackedInt8& packed, int8_t* b, int32_t* sums) {
  const GemmI8Kernel& kernel = *set.gemm_i8;
  unpack_int8(packed.panels.as<int8_t>(), {packed.k, packed.n, kernel.nr, kernel.kr}, b);
  std::copy_n(packed.column_sums.as<int32_t>(), packed.n, sums);
}

namespace {

/// One row from its column of a panel.
void unpack_int4_row(const PackedInt4& packed, size_t j, const PlainInt4Arrays& plain) {
  const size_t k = packed.k, groups = packed.groups, panel = j / kInt4Columns, column = j % kInt4Columns;
  const uint8_t* at = packed.panels.as<uint8_t>() + panel * int4_panel_bytes(k, groups) + column * 4;
  for (size_t g = 0; g < groups; ++g)
    std::memcpy(plain.scales + j * groups + g, at + int4_scale_offset(packed.group, g), sizeof(float));
  for (size_t p = 0; p < k; ++p) {
    const size_t in_step = p % kInt4Depth;
    const uint8_t byte = at[int4_step_offset(packed.group, groups, p - in_step) + in_step % 4];
    plain.codes[j * k + p] = byte >> in_step / 4 * 4 & 15;
  }
  if (packed.zero_points.size_bytes() == 0) return;
  const uint8_t* zeros = packed.zero_points.as<uint8_t>() + panel * groups * kInt4Columns + column;
  for (size_t g = 0; g < groups; ++g) plain.zero_points[j * groups + g] = zeros[g * kInt4Columns];
}

void unpack_lut4_row(const PackedLut4& packed, size_t j, uint8_t* codes, float* absmax) {
  const PanelPlace place = panel_place(packed.n, j, lut4_vector_bytes(packed.k, packed.group));
  const uint8_t* at = packed.panels.as<uint8_t>() + place.offset + place.column * sizeof(uint32_t);
  for (size_t g = 0; g < packed.k; g += packed.group) {
    for (size_t p = 0; p < packed.group; ++p) {
      const size_t in_step = p % kLut4StepValues;
      codes[g + p] = at[p / kLut4StepValues * place.step_bytes + in_step / 2] >> in_step % 2 * 4 & 15;
    }
    at += divide_up(packed.group, kLut4StepValues) * place.step_bytes;
    std::memcpy(absmax + g / packed.group, at, sizeof(float));
    at += place.step_bytes;
  }
}

}  // namespace

// Any number of columns can have no values.
void unpack_int4(const PackedInt4& packed, const PlainInt4Arrays& plain) {
  for (size_t j = 0; packed.k > 0 && j < packed.n; ++j) unpack_int4_row(packed, j, plain);
}

void unpack_lut4(const PackedLut4& packed, uint8_t* codes, float* absmax) {
  const size_t groups = packed.k / packed.group;
  for (size_t j = 0; packed.k > 0 && j < packed.n; ++j)
    unpack_lut4_row(packed, j, codes + j * packed.k, absmax + j * groups);
}

}  // namespace octavo
