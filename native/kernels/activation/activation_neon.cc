// The activation kernel for NEON.
#include "kernels/activation/activation_neon.h"

namespace octavo {
namespace {

void activation_neon(const Activation& activation, float* values, size_t count) {
  activate_array<4>(values, count, [&](float* v, size_t vectors) {
    for (; vectors > 0; --vectors, v += 4) vst1q_f32(v, activate(activation, vld1q_f32(v)));
  });
}

}  // namespace

const ActivationKernel kActivationNeon = {activation_neon};

}  // namespace octavo
