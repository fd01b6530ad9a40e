#include "ops/pack_lut4.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>

#include "core/sizes.h"
#include "ops/panel_place.h"

namespace octavo {
namespace {

Status check_source(const Lut4Source& source) {
  if (source.block == 0) return Status::error(Code::kRange, "block must be at least 1, got 0");
  for (size_t i = 0; i < kLut4TableSize; ++i)
    if (!std::isfinite(source.table[i]))
      return Status::error(Code::kRange, "table[" + std::to_string(i) + "] must be finite");
  const size_t blocks = divide_up(source.n * source.k, source.block);
  for (size_t i = 0; i < blocks; ++i)
    if (!std::isfinite(source.absmax[i]))
      return Status::error(Code::kRange, "absmax[" + std::to_string(i) + "] must be finite");
  return {};
}

/// The codes of `count` values from i on, the first in the lowest bits.
uint32_t codes_from(const uint8_t* codes, size_t i, size_t count) {
  uint32_t word = 0;
  for (size_t p = 0; p < count; ++p, ++i) word |= (codes[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15u) << 4 * p;
  return word;
}

void pack_column(const Lut4Source& source, size_t group, size_t j, uint8_t* panels) {
  const PanelPlace place = panel_place(source.n, j, lut4_vector_bytes(source.k, group));
  uint8_t* at = panels + place.offset + place.column * sizeof(uint32_t);
  for (size_t g = 0; g < source.k; g += group) {
    const size_t first = j * source.k + g;
    for (size_t p = 0; p < group; p += kLut4StepValues, at += place.step_bytes) {
      const uint32_t word = codes_from(source.codes, first + p, std::min(kLut4StepValues, group - p));
      std::memcpy(at, &word, sizeof word);
    }
    std::memcpy(at, &source.absmax[first / source.block], sizeof(float));
    at += place.step_bytes;
  }
}

}  // namespace

Status pack_lut4(const Lut4Source& source, PackedLut4* packed) {
  if (Status s = check_source(source); !s.ok()) return s;
  const size_t k = source.k, n = source.n, group = std::gcd(k, source.block);
  packed->k = k, packed->n = n, packed->group = group;
  std::copy_n(source.table, kLut4TableSize, packed->table);
  const size_t bytes = multiply_sizes(divide_up(n, kVectorColumns), lut4_vector_bytes(k, group));
  if (!packed->panels.allocate(bytes))
    return Status::error(Code::kNative,
                         "no memory for packed weights of k " + std::to_string(k) + ", n " + std::to_string(n));
  std::memset(packed->panels.as<uint8_t>(), 0, bytes);
  // Any number of columns can have no values.
  for (size_t j = 0; k > 0 && j < n; ++j) pack_column(source, group, j, packed->panels.as<uint8_t>());
  return {};
}

}  // namespace octavo
