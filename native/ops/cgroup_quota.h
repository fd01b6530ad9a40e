// How much of the machine's CPUs Linux's control groups grant to this process.
#pragma once

#include <string>

namespace octavo {

/// CPUs, whole or in part, of the tightest quota among the process's groups and all their parents that it can see, in
/// either version of cgroups; infinite without one, and on other systems. `root` stands before the path of every file.
double cgroup_cpus(const std::string& root = "");

}  // namespace octavo
