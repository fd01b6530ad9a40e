// The activation kernel for AVX-512.
#include "kernels/activation/activation_avx512vnni.h"

namespace octavo {
namespace {

void activation_avx512vnni(const Activation& activation, float* values, size_t count) {
  activate_array<16>(values, count, [&](float* v, size_t vectors) { activate_vectors(activation, v, vectors); });
}

}  // namespace

const ActivationKernel kActivationAvx512vnni = {activation_avx512vnni};

}  // namespace octavo
