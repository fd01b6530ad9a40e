// How many threads this process may really use.
#pragma once

#include <cstddef>

#include "core/status.h"

namespace octavo {

constexpr size_t kMaxThreads = 1024;

/// CPUs in this process's affinity mask, limited by its cgroup's quota (rounded up); at least 1.
size_t usable_cpus();

/// The environment variable OCTAVO_THREADS, an integer from 1 to kMaxThreads, else usable_cpus().
Status default_threads(size_t* threads);

}  // namespace octavo
