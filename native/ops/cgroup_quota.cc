#include "ops/cgroup_quota.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

namespace octavo {
namespace {

/// A hierarchy that may limit CPUs: the group that its mount shows as the top, and where. In a container that is rarely
/// the machine's top.
struct Hierarchy {
  bool v2;
  std::string top, folder;
};

/// True if "cpu" is one of the comma-separated words.
bool lists_cpu(const std::string& words) {
  std::istringstream stream(words);
  for (std::string word; std::getline(stream, word, ',');)
    if (word == "cpu") return true;
  return false;
}

/// A line of /proc/self/mountinfo: "36 25 0:31 <top> <folder> <options> [more]... - <type> <source> <type's options>".
std::optional<Hierarchy> parse_mount(const std::string& line) {
  std::istringstream stream(line);
  std::string skipped, top, folder, type, source, options;
  stream >> skipped >> skipped >> skipped >> top >> folder;
  while (stream >> skipped && skipped != "-") {
  }
  if (!(stream >> type >> source >> options)) return {};
  if (type == "cgroup2") return Hierarchy{true, top, folder};
  if (type == "cgroup" && lists_cpu(options)) return Hierarchy{false, top, folder};
  return {};
}

/// This process's group in a hierarchy, from the lines "<id>:<controllers>:<group>" of /proc/self/cgroup.
std::string group_of_process(const std::string& root, bool v2) {
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (v2 ? controllers.empty() : lists_cpu(controllers)) return line.substr(second + 1);
  }
  return "/";
}

double cpus_of(double quota, double period) { return quota > 0 && period > 0 ? quota / period : HUGE_VAL; }

/// What one folder grants. Version 2 says "max 100000" or "150000 100000"; version 1 -1 without a limit.
double quota_of(const std::string& folder, bool v2) {
  double quota = 0, period = 0;
  if (!v2) {
    std::ifstream quota_file(folder + "/cpu.cfs_quota_us"), period_file(folder + "/cpu.cfs_period_us");
    return quota_file >> quota && period_file >> period ? cpus_of(quota, period) : HUGE_VAL;
  }
  std::ifstream file(folder + "/cpu.max");
  std::string text;
  return file >> text >> period ? cpus_of(std::atof(text.c_str()), period) : HUGE_VAL;
}

/// The group's path below the top that is mounted; empty where the mount does not show it.
std::string path_below(const std::string& group, const std::string& top) {
  if (top == "/") return group;
  const bool inside =
      group.compare(0, top.size(), top) == 0 && (group.size() == top.size() || group[top.size()] == '/');
  return inside ? group.substr(top.size()) : "";
}

/// The tightest quota of the group at `path` below the hierarchy's folder and of its parents, up to that folder.
double tightest_quota(const std::string& folder, const std::string& path, bool v2) {
  double cpus = HUGE_VAL;
  for (size_t length = path.size(); length != std::string::npos;) {
    cpus = std::min(cpus, quota_of(folder + path.substr(0, length), v2));
    length = length == 0 ? std::string::npos : path.rfind('/', length - 1);
  }
  return cpus;
}

}  // namespace

double cgroup_cpus(const std::string& root) {
  double cpus = HUGE_VAL;
  std::ifstream mounts(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    const std::optional<Hierarchy> found = parse_mount(line);
    if (!found) continue;
    const std::string path = path_below(group_of_process(root, found->v2), found->top);
    cpus = std::min(cpus, tightest_quota(root + found->folder, path, found->v2));
  }
  return cpus;
}

}  // namespace octavo
