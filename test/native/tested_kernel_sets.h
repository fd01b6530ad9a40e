// The kernel sets that tests of kernels and drivers cover: those of this CPU, and AMX with emulated tiles.
#pragma once

#include <vector>

#include "dispatch/dispatch.h"

namespace octavo_test {

/// The available sets, best first, then "amx (emulated)" where the CPU has AVX-512, which that kernel's other parts
/// need.
const std::vector<const octavo::KernelSet*>& tested_kernel_sets();

}  // namespace octavo_test
