// The packed forms of weights that a quantized linear layer multiplies by.
#pragma once

#include <memory>
#include <variant>

#include "ops/pack.h"
#include "ops/pack_f16.h"
#include "ops/pack_int4.h"
#include "ops/pack_int8_groups.h"
#include "ops/pack_lut4.h"

namespace octavo {

template <typename... Types>
using OneOf = std::variant<std::shared_ptr<const Types>...>;

/// Each has k, n and size_bytes().
using LayerWeights = OneOf<PackedInt8, PackedInt4, PackedInt8Groups, PackedLut4, PackedF16>;

/// True where float32 rows meet the weights as they are, without being quantized.
inline bool multiplies_floats(const LayerWeights& weights) {
  return std::holds_alternative<std::shared_ptr<const PackedLut4>>(weights) ||
         std::holds_alternative<std::shared_ptr<const PackedF16>>(weights);
}

/// The weights if they are of this form, else null.
template <typename T>
const T* weights_as(const LayerWeights& weights) {
  const auto* found = std::get_if<std::shared_ptr<const T>>(&weights);
  return found == nullptr ? nullptr : found->get();
}

struct WeightShape {
  size_t k = 0, n = 0;
};

inline WeightShape shape_of(const LayerWeights& weights) {
  return std::visit(
      [](const auto& packed) { return packed == nullptr ? WeightShape{} : WeightShape{packed->k, packed->n}; },
      weights);
}

inline size_t bytes_of(const LayerWeights& weights) {
  return std::visit([](const auto& packed) { return packed == nullptr ? 0 : packed->size_bytes(); }, weights);
}

}  // namespace octavo
