// The activation kernel for NEON.
#include "kernels/activation/activation_neon.h"

#include "kernels/activation/activation_scalar.h"

namespace octavo {
namespace {

void activation_neon(const Activation& activation, float* values, size_t count) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) vst1q_f32(values + i, activate(activation, vld1q_f32(values + i)));
  for (; i < count; ++i) values[i] = activate(activation, values[i]);
}

}  // namespace

const ActivationKernel kActivationNeon = {activation_neon};

}  // namespace octavo
