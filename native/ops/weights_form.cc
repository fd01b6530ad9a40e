#include "ops/weights_form.h"

#include <algorithm>

#include "core/sizes.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "ops/pack_int4.h"

namespace octavo {
namespace {

constexpr uint32_t bit(SectionId id) { return 1u << static_cast<uint32_t>(id); }

constexpr uint32_t kOfLayers = bit(SectionId::kBias) | bit(SectionId::kInputScale);

/// Sections by number.
struct Sections {
  uint32_t required, optional;
};

Sections sections_of(const WeightsForm& form) {
  switch (form.layout) {
    case FileLayout::kInt4Groups:
      return {bit(SectionId::kPanels), kOfLayers | bit(SectionId::kGroupZeroPoints)};
    case FileLayout::kInt8Groups:
      return {bit(SectionId::kPanels) | bit(SectionId::kLowPanels),
              kOfLayers | bit(SectionId::kGroupZeroPoints) | bit(SectionId::kLowZeroPoints)};
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

bool WeightsForm::is_known() const {
  if (layout == FileLayout::kPanels)
    return group == 0 && panel_columns >= 1 && panel_columns <= kMaxPanelSide && panel_rows >= 1 &&
           panel_rows <= kMaxPanelSide;
  if (version == kFirstVersion || kind != FileKind::kQuantizedLinear) return false;
  const uint64_t largest = std::max<uint64_t>(kInt4Depth, round_up(k, kInt4Depth));
  return (layout == FileLayout::kInt4Groups || layout == FileLayout::kInt8Groups) && panel_columns == kInt4Columns &&
         panel_rows == kInt4Depth && group > 0 && group % kInt4Depth == 0 && group <= std::min(largest, kMostInt4Group);
}

bool WeightsForm::allows(SectionId id) const {
  const auto [required, optional] = sections_of(*this);
  return static_cast<uint32_t>(id) <= kMaxSections && ((required | optional) & bit(id)) != 0;
}

bool WeightsForm::requires_section(SectionId id) const { return (sections_of(*this).required & bit(id)) != 0; }

uint64_t WeightsForm::panel_bytes() const {
  if (layout == FileLayout::kPanels) return multiply_sizes(round_up(n, panel_columns), round_up(k, panel_rows));
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
    default:
      return bytes == all;
  }
}

std::string name_of(SectionId id) {
  static constexpr const char* kNames[] = {"panels",         "column sums", "weight scales",     "weight zero points",
                                           "bias",           "input scale", "group zero points", "low panels",
                                           "low zero points"};
  static_assert(std::size(kNames) == kMaxSections);
  const auto number = static_cast<uint32_t>(id);
  const bool known = number >= 1 && number <= kMaxSections;
  return "section " + std::to_string(number) + (known ? std::string(" (") + kNames[number - 1] + ")" : "");
}

}  // namespace octavo
