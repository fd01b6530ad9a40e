// The activation kernel for AVX2.
#include "kernels/activation/activation_avx2.h"

namespace octavo {
namespace {

void activation_avx2(const Activation& activation, float* values, size_t count) {
  activate_array<8>(values, count, [&](float* v, size_t vectors) { activate_vectors(activation, v, vectors); });
}

}  // namespace

const ActivationKernel kActivationAvx2 = {activation_avx2};

}  // namespace octavo
