#include "ops/weights_form.h"

#include <algorithm>

#include "core/sizes.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_lut4/gemm_lut4.h"
#include "ops/pack_int4.h"

namespace octavo {
namespace {

constexpr uint32_t bit(SectionId id) { return 1u << static_cast<uint32_t>(id); }

constexpr uint32_t kOfLayers = bit(SectionId::kBias) | bit(SectionId::kInputScale);

/// Sections by number.
struct Sections {
  uint32_t required, optional;
};

FileRows rows_of(const WeightsForm& form) { return static_cast<FileRows>(form.element); }

Sections sections_of_rows(FileRows rows) {
  const uint32_t values = bit(SectionId::kPanels), scaled = values | bit(SectionId::kRowScales);
  if (rows == FileRows::kFloat16 || rows == FileRows::kBfloat16) return {values, 0};
  if (rows == FileRows::kCodebook) return {scaled | bit(SectionId::kTable), 0};
  return {scaled, bit(SectionId::kRowZeroPoints)};
}

uint64_t row_bytes(const WeightsForm& form) {
  const FileRows rows = rows_of(form);
  if (rows == FileRows::kInt8) return form.k;
  return rows == FileRows::kFloat16 || rows == FileRows::kBfloat16 ? multiply_sizes(form.k, 2) : divide_up(form.k, 2);
}

bool rows_are_known(const WeightsForm& form) {
  const FileRows rows = rows_of(form);
  if (form.panel_columns != 1 || form.panel_rows != 1 || rows > FileRows::kBfloat16) return false;
  if (rows == FileRows::kFloat16 || rows == FileRows::kBfloat16) return form.group == 0;
  const uint64_t most = std::max<uint64_t>(1, form.k);
  if (form.group == 0) return false;
  return rows == FileRows::kCodebook ? form.k % form.group == 0 : form.group <= most;
}

Sections sections_of(const WeightsForm& form) {
  switch (form.layout) {
    case FileLayout::kInt4Groups:
      return {bit(SectionId::kPanels), kOfLayers | bit(SectionId::kGroupZeroPoints)};
    case FileLayout::kInt8Groups:
      return {bit(SectionId::kPanels) | bit(SectionId::kLowPanels),
              kOfLayers | bit(SectionId::kGroupZeroPoints) | bit(SectionId::kLowZeroPoints)};
    case FileLayout::kCodebook:
      return {bit(SectionId::kPanels) | bit(SectionId::kTable), kOfLayers};
    case FileLayout::kFloat16:
      return {bit(SectionId::kPanels), kOfLayers};
    case FileLayout::kRows:
      return sections_of_rows(rows_of(form));
    default:
      break;
  }
  const uint32_t weights = bit(SectionId::kPanels) | bit(SectionId::kColumnSums);
  if (form.kind == FileKind::kPackedWeights) return {weights, 0};
  const uint32_t input_scale = form.version == kFirstVersion ? 0 : bit(SectionId::kInputScale);
  return {weights | bit(SectionId::kWeightScales),
          bit(SectionId::kWeightZeroPoints) | bit(SectionId::kBias) | input_scale};
}

}  // namespace

bool WeightsForm::has_known_panels() const {
  const auto sides_are = [&](size_t columns, size_t rows) { return panel_columns == columns && panel_rows == rows; };
  const uint64_t largest = std::max<uint64_t>(kInt4Depth, round_up(k, kInt4Depth));
  switch (layout) {
    case FileLayout::kInt4Groups:
    case FileLayout::kInt8Groups:
      return sides_are(kInt4Columns, kInt4Depth) && group > 0 && group % kInt4Depth == 0 &&
             group <= std::min<uint64_t>(largest, kMostInt4Group);
    case FileLayout::kCodebook:
      return sides_are(kPanelColumns, kLut4StepValues) && group > 0 && k % group == 0;
    case FileLayout::kFloat16:
      return sides_are(kPanelColumns, kF16StepValues) && group == 0;
    default:
      return false;
  }
}

bool WeightsForm::is_known() const {
  if (layout == FileLayout::kPanels && kind != FileKind::kRowTable)
    return group == 0 && element == FileElement::kOfLayout && panel_columns >= 1 && panel_columns <= kMaxPanelSide &&
           panel_rows >= 1 && panel_rows <= kMaxPanelSide;
  if (version == kFirstVersion) return false;
  if (layout == FileLayout::kRows) return kind == FileKind::kRowTable && rows_are_known(*this);
  if (kind != FileKind::kQuantizedLinear) return false;
  const auto last = layout == FileLayout::kFloat16 ? FileElement::kBfloat16 : FileElement::kOfLayout;
  return has_known_panels() && element <= last;
}

bool WeightsForm::allows(SectionId id) const {
  const auto [required, optional] = sections_of(*this);
  return static_cast<uint32_t>(id) <= kMaxSections && ((required | optional) & bit(id)) != 0;
}

bool WeightsForm::requires_section(SectionId id) const { return (sections_of(*this).required & bit(id)) != 0; }

uint64_t WeightsForm::panel_bytes() const {
  const size_t vectors = divide_up(n, kVectorColumns);
  if (layout == FileLayout::kPanels) return multiply_sizes(round_up(n, panel_columns), round_up(k, panel_rows));
  if (layout == FileLayout::kRows) return multiply_sizes(n, row_bytes(*this));
  if (layout == FileLayout::kCodebook) return multiply_sizes(vectors, lut4_vector_bytes(k, group));
  if (layout == FileLayout::kFloat16) return multiply_sizes(vectors, f16_vector_bytes(k));
  return multiply_sizes(divide_up(n, kInt4Columns), int4_panel_bytes(k, divide_up(k, group)));
}

bool WeightsForm::fits(SectionId id, uint64_t bytes) const {
  const size_t all = multiply_sizes(n, sizeof(float));
  switch (id) {
    case SectionId::kPanels:
    case SectionId::kLowPanels:
      return bytes == panel_bytes();
    case SectionId::kWeightScales:
      return bytes == all || (bytes == sizeof(float) && n > 0);
    case SectionId::kWeightZeroPoints:
      return n > 0 && (bytes == all || bytes == sizeof(int32_t));
    case SectionId::kInputScale:
      return bytes == multiply_sizes(k, sizeof(float));
    case SectionId::kGroupZeroPoints:
    case SectionId::kLowZeroPoints:
      return bytes > 0 && bytes == multiply_sizes(round_up(n, kInt4Columns), divide_up(k, group));
    case SectionId::kRowScales:
      return bytes == multiply_sizes(all, divide_up(k, group));
    case SectionId::kRowZeroPoints:
      return bytes > 0 && bytes == multiply_sizes(n, divide_up(k, group));
    case SectionId::kTable:
      return bytes == kLut4TableSize * sizeof(float);
    default:
      return bytes == all;
  }
}

std::string name_of(SectionId id) {
  static constexpr const char* kNames[] = {
      "panels",      "column sums",       "weight scales", "weight zero points", "bias",
      "input scale", "group zero points", "low panels",    "low zero points",    "table",
      "row scales",  "row zero points"};
  static_assert(std::size(kNames) == kMaxSections);
  const auto number = static_cast<uint32_t>(id);
  const bool known = number >= 1 && number <= kMaxSections;
  return "section " + std::to_string(number) + (known ? std::string(" (") + kNames[number - 1] + ")" : "");
}

}  // namespace octavo
