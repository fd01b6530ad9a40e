#include "ops/pack_f16.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "core/sizes.h"
#include "ops/panel_place.h"

namespace octavo {
namespace {

/// visit(p, at) for each value of column j, `at` being its place in the panels, in elements.
template <typename Visit>
void each_value(size_t k, const PanelPlace& place, const Visit& visit) {
  const size_t first = place.offset / sizeof(uint16_t) + place.column, step = place.step_bytes / sizeof(uint16_t);
  for (size_t p = 0; p < k; ++p) visit(p, first + p / kF16StepValues * step + p % kF16StepValues * kVectorColumns);
}

}  // namespace

Status pack_f16(const uint16_t* b, HalfType type, const PackSource& source, PackedF16* packed) {
  const auto [k, n, transposed] = source;
  packed->k = k, packed->n = n, packed->type = type;
  const size_t bytes = multiply_sizes(divide_up(n, kVectorColumns), f16_vector_bytes(k));
  if (!packed->panels.allocate(bytes))
    return Status::error(Code::kNative,
                         "no memory for packed weights of k " + std::to_string(k) + ", n " + std::to_string(n));
  auto* const panels = packed->panels.as<uint16_t>();
  std::memset(panels, 0, bytes);
  const size_t column_step = transposed ? k : 1, row_step = transposed ? 1 : n;
  // Any number of columns can have no values.
  for (size_t j = 0; k > 0 && j < n; ++j)
    each_value(k, panel_place(n, j, f16_vector_bytes(k)),
               [&](size_t p, size_t at) { panels[at] = b[j * column_step + p * row_step]; });
  return {};
}

void unpack_f16(const PackedF16& packed, uint16_t* b) {
  const auto* const panels = packed.panels.as<uint16_t>();
  for (size_t j = 0; packed.k > 0 && j < packed.n; ++j)
    each_value(packed.k, panel_place(packed.n, j, f16_vector_bytes(packed.k)),
               [&](size_t p, size_t at) { b[j * packed.k + p] = panels[at]; });
}

}  // namespace octavo
