#include "ops/unpack.h"

#include <algorithm>
#include <cstring>

#include "core/sizes.h"

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

}  // namespace octavo
