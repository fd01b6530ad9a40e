// The ordered table of kernel sets, and the choice among them.
#pragma once

#include <string>
#include <vector>

#include "core/status.h"
#include "kernels/kernels.h"

namespace octavo {

/// The sets that this CPU can run, best first; the scalar set is always the last.
const std::vector<const KernelSet*>& available_kernel_sets();

/// The set in use: the best one, or the one that the environment variable OCTAVO_ISA names. Decided once a process.
const KernelSet& active_kernel_set();

/// Ok, or why OCTAVO_ISA cannot be obeyed; then active_kernel_set() is the best one.
const Status& kernel_set_status();

/// The set that a value of OCTAVO_ISA asks for (null or empty: the best). The error lists the valid names.
Status choose_kernel_set(const char* name, const KernelSet** chosen);

}  // namespace octavo
