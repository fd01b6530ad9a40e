#include "ops/weights_groups_read.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/sizes.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "ops/panel_place.h"

namespace octavo {
namespace {

Status refuse(std::string fault) { return Status::error(Code::kFile, std::move(fault)); }

/// Where one column's part of its panel begins.
struct Int4Column {
  const uint8_t* bytes;
  size_t k, group, groups;
  bool exists;  // or fills its panel
};

/// True where nibbles beyond k, and all of a column that fills its panel, are 0.
bool padding_is_zero(const Int4Column& column) {
  const size_t end = column.exists ? column.k : 0;
  for (size_t p = 0; p < column.k; p += kInt4Depth) {
    const uint8_t* const at = column.bytes + int4_step_offset(column.group, column.groups, p);
    for (size_t b = 0; b < kInt4Depth / 2; ++b) {
      if (p + b >= end && (at[b] & 15) != 0) return false;
      if (p + b + kInt4Depth / 2 >= end && at[b] >> 4 != 0) return false;
    }
  }
  return true;
}

bool scales_fit(const Int4Column& column) {
  for (size_t g = 0; g < column.groups; ++g) {
    float scale;
    std::memcpy(&scale, column.bytes + int4_scale_offset(column.group, g), sizeof scale);
    if (!std::isfinite(scale) || (!column.exists && scale != 0)) return false;
  }
  return true;
}

/// Zero points [panels][groups][16] are nibbles, and 0 for columns that fill a panel.
bool zero_points_fit(const PackedInt4& packed) {
  const auto* zeros = packed.zero_points.as<uint8_t>();
  for (size_t i = 0; i < packed.zero_points.size_bytes(); ++i) {
    const size_t j = i / kInt4Columns / packed.groups * kInt4Columns + i % kInt4Columns;
    if (zeros[i] > (j < packed.n ? 15 : 0)) return false;
  }
  return true;
}

Status check_int4(const PackedInt4& packed) {
  const auto* panels = packed.panels.as<uint8_t>();
  const size_t panel_bytes = int4_panel_bytes(packed.k, packed.groups);
  for (size_t j = 0; j < round_up(packed.n, kInt4Columns); ++j) {
    const Int4Column column = {panels + j / kInt4Columns * panel_bytes + j % kInt4Columns * 4, packed.k, packed.group,
                               packed.groups, j < packed.n};
    if (!padding_is_zero(column)) return refuse("has weights beyond its k and n");
    if (!scales_fit(column)) return refuse("has scales that are not finite, or beyond its n");
  }
  return zero_points_fit(packed) ? Status() : refuse("has zero points that are not from 0 to 15, or beyond its n");
}

/// Borrows a matrix of 4 bits from two sections.
Status take_int4(const WeightsImage& image, SectionId panels, SectionId zero_points, PackedInt4* packed) {
  const WeightsForm form = image.form();
  packed->k = form.k;
  packed->n = form.n;
  packed->group = form.group;
  packed->groups = divide_up(form.k, form.group);
  packed->panels.borrow(image.hold(panels), image.size_bytes(panels));
  if (image.has(zero_points)) packed->zero_points.borrow(image.hold(zero_points), image.size_bytes(zero_points));
  return check_int4(*packed);
}

Status take_int8_groups(const WeightsImage& image, PackedInt8Groups* packed) {
  packed->k = image.form().k;
  packed->n = image.form().n;
  if (Status s = take_int4(image, SectionId::kPanels, SectionId::kGroupZeroPoints, &packed->high); !s.ok()) return s;
  return take_int4(image, SectionId::kLowPanels, SectionId::kLowZeroPoints, &packed->low);
}

/// visit(j, at, step_bytes) for each column of panels of vectors, those that fill the last vector among them.
template <typename Visit>
bool every_column(const WeightsForm& form, size_t vector_bytes, const uint8_t* panels, const Visit& visit) {
  for (size_t j = 0; j < round_up(form.n, kVectorColumns); ++j) {
    const PanelPlace place = panel_place(form.n, j, vector_bytes);
    if (!visit(j, panels + place.offset, place)) return false;
  }
  return true;
}

/// Codes and magnitudes of one column of a codebook's panels.
bool codebook_column_fits(const WeightsForm& form, bool exists, const uint8_t* at, size_t step_bytes) {
  for (size_t g = 0; g < form.k; g += form.group) {
    for (size_t p = 0; p < form.group; p += kLut4StepValues, at += step_bytes) {
      uint32_t codes;
      std::memcpy(&codes, at, sizeof codes);
      const size_t values = exists ? std::min(kLut4StepValues, form.group - p) : 0;
      if (values < kLut4StepValues && codes >> 4 * values != 0) return false;
    }
    float absmax;
    std::memcpy(&absmax, at, sizeof absmax);
    if (!std::isfinite(absmax) || (!exists && absmax != 0)) return false;
    at += step_bytes;
  }
  return true;
}

Status take_codebook(const WeightsImage& image, PackedLut4* packed) {
  const WeightsForm form = image.form();
  packed->k = form.k, packed->n = form.n, packed->group = form.group;
  packed->panels.borrow(image.hold(SectionId::kPanels), image.size_bytes(SectionId::kPanels));
  std::memcpy(packed->table, image.section<float>(SectionId::kTable), sizeof packed->table);
  if (!std::all_of(packed->table, packed->table + kLut4TableSize, [](float value) { return std::isfinite(value); }))
    return refuse("has a table of values that are not finite");
  const auto fits = [&](size_t j, const uint8_t* at, const PanelPlace& place) {
    return codebook_column_fits(form, j < form.n, at + place.column * sizeof(uint32_t), place.step_bytes);
  };
  if (!every_column(form, lut4_vector_bytes(form.k, form.group), image.section<uint8_t>(SectionId::kPanels), fits))
    return refuse("has magnitudes that are not finite, or weights beyond its k and n");
  return {};
}

Status take_float16(const WeightsImage& image, PackedF16* packed) {
  const WeightsForm form = image.form();
  packed->k = form.k, packed->n = form.n;
  packed->type = form.element == FileElement::kBfloat16 ? HalfType::kBfloat16 : HalfType::kFloat16;
  packed->panels.borrow(image.hold(SectionId::kPanels), image.size_bytes(SectionId::kPanels));
  const auto fits = [&](size_t j, const uint8_t* at, const PanelPlace& place) {
    for (size_t p = 0; p < round_up(form.k, kF16StepValues); ++p) {
      uint16_t bits;
      const size_t row = p % kF16StepValues * kVectorColumns + place.column;
      std::memcpy(&bits, at + p / kF16StepValues * place.step_bytes + row * sizeof bits, sizeof bits);
      if ((j >= form.n || p >= form.k) && bits != 0) return false;
    }
    return true;
  };
  if (!every_column(form, f16_vector_bytes(form.k), image.section<uint8_t>(SectionId::kPanels), fits))
    return refuse("has weights beyond its k and n");
  return {};
}

template <typename Packed, typename Take>
Status take(const Take& take_parts, LayerWeights* weights) {
  auto packed = std::make_shared<Packed>();
  Status taken = take_parts(packed.get());
  *weights = std::shared_ptr<const Packed>(std::move(packed));
  return taken;
}

}  // namespace

Status read_grouped_weights(const WeightsImage& image, LayerWeights* weights) {
  switch (image.form().layout) {
    case FileLayout::kInt4Groups:
      return take<PackedInt4>(
          [&](PackedInt4* packed) { return take_int4(image, SectionId::kPanels, SectionId::kGroupZeroPoints, packed); },
          weights);
    case FileLayout::kCodebook:
      return take<PackedLut4>([&](PackedLut4* packed) { return take_codebook(image, packed); }, weights);
    case FileLayout::kFloat16:
      return take<PackedF16>([&](PackedF16* packed) { return take_float16(image, packed); }, weights);
    default:
      return take<PackedInt8Groups>([&](PackedInt8Groups* packed) { return take_int8_groups(image, packed); }, weights);
  }
}

}  // namespace octavo
