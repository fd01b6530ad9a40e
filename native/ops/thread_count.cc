#include "ops/thread_count.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <thread>

#include "ops/cgroup_quota.h"

#ifdef __linux__
#include <sched.h>
#endif

namespace octavo {
namespace {

#ifdef __linux__

size_t affinity_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<size_t>(CPU_COUNT(&set)) : 0;
}

#else

size_t affinity_cpus() { return 0; }

#endif

}  // namespace

size_t usable_cpus(const std::string& root) {
  size_t cpus = affinity_cpus();
  if (cpus == 0) cpus = std::thread::hardware_concurrency();
  const double quota = std::ceil(cgroup_cpus(root));
  if (quota < static_cast<double>(cpus)) cpus = static_cast<size_t>(quota);
  return std::clamp<size_t>(cpus, 1, kMaxThreads);
}

Status default_threads(size_t* threads) {
  const char* text = std::getenv("OCTAVO_THREADS");
  if (text == nullptr || *text == '\0') {
    *threads = usable_cpus();
    return {};
  }
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (*end != '\0' || value < 1 || value > static_cast<long>(kMaxThreads))
    return Status::error(Code::kRange, "OCTAVO_THREADS must be an integer from 1 to " + std::to_string(kMaxThreads) +
                                           ", got \"" + text + "\"");
  *threads = static_cast<size_t>(value);
  return {};
}

}  // namespace octavo
