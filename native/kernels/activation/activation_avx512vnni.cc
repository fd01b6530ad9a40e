// The activation kernel for AVX-512.
#include "kernels/activation/activation_avx512vnni.h"

namespace octavo {
namespace {

void activation_avx512vnni(const Activation& activation, float* values, size_t count) {
  const size_t vectors = count / 16, rest = count % 16;
  activate_vectors(activation, values, vectors);
  float last[16] = {};
  for (size_t i = 0; i < rest; ++i) last[i] = values[vectors * 16 + i];
  if (rest > 0) activate_vectors(activation, last, 1);
  for (size_t i = 0; i < rest; ++i) values[vectors * 16 + i] = last[i];
}

}  // namespace

const ActivationKernel kActivationAvx512vnni = {activation_avx512vnni};

}  // namespace octavo
