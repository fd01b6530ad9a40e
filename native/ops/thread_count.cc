#include "ops/thread_count.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

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

/// CPUs that `folder` of a version 2 cgroup grants ("max 100000" or "150000 100000"); infinite without a limit.
double quota_v2(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return HUGE_VAL;
  return std::atof(quota.c_str()) / period;
}

double quota_v1(const std::string& folder) {
  std::ifstream quota_file(folder + "/cpu.cfs_quota_us"), period_file(folder + "/cpu.cfs_period_us");
  double quota = -1, period = 0;
  if (!(quota_file >> quota) || !(period_file >> period) || quota <= 0 || period <= 0) return HUGE_VAL;
  return quota / period;
}

/// Length of a path without its last part; 0 when nothing is left.
size_t parent_length(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? 0 : slash;
}

/// True if "cpu" is one of the comma-separated controllers.
bool lists_cpu(const std::string& controllers) {
  std::istringstream names(controllers);
  for (std::string name; std::getline(names, name, ',');)
    if (name == "cpu") return true;
  return false;
}

/// The tightest quota of this process's cgroups, their parents included.
double cgroup_cpus() {
  double cpus = std::min(quota_v2("/sys/fs/cgroup"), quota_v1("/sys/fs/cgroup/cpu"));
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const bool v2 = second == first + 1;
    if (!v2 && !lists_cpu(line.substr(first + 1, second - first - 1))) continue;
    const std::string root = v2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu";
    for (std::string path = line.substr(second + 1); path.size() > 1; path.resize(parent_length(path)))
      cpus = std::min(cpus, v2 ? quota_v2(root + path) : quota_v1(root + path));
  }
  return cpus;
}

#else

size_t affinity_cpus() { return 0; }
double cgroup_cpus() { return HUGE_VAL; }

#endif

}  // namespace

size_t usable_cpus() {
  size_t cpus = affinity_cpus();
  if (cpus == 0) cpus = std::thread::hardware_concurrency();
  const double quota = std::ceil(cgroup_cpus());
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
