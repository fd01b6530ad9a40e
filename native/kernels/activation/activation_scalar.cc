// The definition of the activation kernel.
#include "kernels/activation/activation_scalar.h"

namespace octavo {
namespace {

void activation_scalar(const Activation& activation, float* values, size_t count) {
  for (size_t i = 0; i < count; ++i) values[i] = activate(activation, values[i]);
}

}  // namespace

const ActivationKernel kActivationScalar = {activation_scalar};

}  // namespace octavo
