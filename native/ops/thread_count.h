// How many threads this process may really use.
#pragma once

#include <cstddef>
#include <string>

#include "core/status.h"

namespace octavo {

constexpr size_t kMaxThreads = 1024;

/// CPUs in this process's affinity mask, limited by its cgroups' quota (rounded up) as the files below `root` tell it;
/// at least 1.
size_t usable_cpus(const std::string& root = "");

/// The environment variable OCTAVO_THREADS, an integer from 1 to kMaxThreads, else usable_cpus().
Status default_threads(size_t* threads);

}  // namespace octavo
