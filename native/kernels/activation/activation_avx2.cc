// The activation kernel for AVX2.
#include "kernels/activation/activation_avx2.h"

namespace octavo {
namespace {

void activation_avx2(const Activation& activation, float* values, size_t count) {
  const size_t vectors = count / 8, rest = count % 8;
  activate_vectors(activation, values, vectors);
  float last[8] = {};
  for (size_t i = 0; i < rest; ++i) last[i] = values[vectors * 8 + i];
  if (rest > 0) activate_vectors(activation, last, 1);
  for (size_t i = 0; i < rest; ++i) values[vectors * 8 + i] = last[i];
}

}  // namespace

const ActivationKernel kActivationAvx2 = {activation_avx2};

}  // namespace octavo
