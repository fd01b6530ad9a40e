// The quota of control groups, on trees of files like those of Linux: both versions, nested groups, and containers.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/random_id.h"
#include "ops/cgroup_quota.h"
#include "ops/thread_count.h"

using namespace octavo;

namespace {

/// Files in a folder of their own, which goes with the object.
struct Tree {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("octavo-cgroup-" + random_id());

  explicit Tree(const std::map<std::string, std::string>& files) {
    for (const auto& [path, text] : files) {
      std::filesystem::create_directories((folder / path).parent_path());
      std::ofstream(folder / path) << text;
    }
  }
  Tree(const Tree&) = delete;
  ~Tree() { std::filesystem::remove_all(folder); }

  double cpus() const { return cgroup_cpus(folder.string()); }
};

const std::string kTopV2 = "25 30 0:23 / /sys/fs/cgroup rw,nosuid shared:4 master:2 - cgroup2 cgroup2 rw,nsdelegate\n";
const std::string kTopV1 = "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n";

/// A process of version 2 in `group`.
Tree v2_tree(const std::string& group, std::map<std::string, std::string> files) {
  files["proc/self/mountinfo"] = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n" + kTopV2;
  files["proc/self/cgroup"] = "0::" + group + "\n";
  return Tree(files);
}

/// A folder's two files of version 1.
void limit_v1(std::map<std::string, std::string>& files, const std::string& folder, const std::string& quota) {
  files[folder + "/cpu.cfs_quota_us"] = quota;
  files[folder + "/cpu.cfs_period_us"] = "100000\n";
}

}  // namespace

TEST_CASE("without control groups nothing is limited") {
  CHECK(Tree({}).cpus() == HUGE_VAL);
  CHECK(Tree({{"proc/self/mountinfo", kTopV2 + kTopV1}}).cpus() == HUGE_VAL);
  CHECK(v2_tree("/a", {{"sys/fs/cgroup/a/cpu.max", "max 100000\n"}}).cpus() == HUGE_VAL);
}

TEST_CASE("version 2 gives the tightest quota of a group and its parents") {
  CHECK(v2_tree("/", {{"sys/fs/cgroup/cpu.max", "150000 100000\n"}}).cpus() == 1.5);
  CHECK(v2_tree("/a/b/c", {{"sys/fs/cgroup/a/b/c/cpu.max", "50000 200000\n"}}).cpus() == 0.25);
  const std::map<std::string, std::string> nested = {{"sys/fs/cgroup/a/b/cpu.max", "400000 100000\n"},
                                                     {"sys/fs/cgroup/a/cpu.max", "300000 100000\n"},
                                                     {"sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n"},
                                                     {"sys/fs/cgroup/other/cpu.max", "1000 100000\n"}};
  CHECK(v2_tree("/a/b/c", nested).cpus() == 3);
  CHECK(v2_tree("/a/b", nested).cpus() == 3);
  CHECK(v2_tree("/x", nested).cpus() == HUGE_VAL);
}

TEST_CASE("version 1 does so in the hierarchy of the cpu controller") {
  std::map<std::string, std::string> files = {
      {"proc/self/mountinfo", "34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n" + kTopV1},
      {"proc/self/cgroup", "9:name=systemd:/s\n4:cpuset:/set\n2:cpu,cpuacct:/a/b\n0::/u\n"}};
  limit_v1(files, "sys/fs/cgroup/cpuset/a/b", "10000\n");
  limit_v1(files, "sys/fs/cgroup/cpu,cpuacct", "-1\n");
  CHECK(Tree(files).cpus() == HUGE_VAL);
  limit_v1(files, "sys/fs/cgroup/cpu,cpuacct/a/b", "350000\n");
  CHECK(Tree(files).cpus() == 3.5);
  limit_v1(files, "sys/fs/cgroup/cpu,cpuacct/a", "200000\n");
  CHECK(Tree(files).cpus() == 2);
}

TEST_CASE("a mount of both versions is limited by either") {
  std::map<std::string, std::string> files = {
      {"proc/self/mountinfo", "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n" + kTopV1},
      {"proc/self/cgroup", "1:cpu,cpuacct:/a\n0::/u\n"},
      {"sys/fs/cgroup/unified/u/cpu.max", "500000 100000\n"}};
  CHECK(Tree(files).cpus() == 5);
  limit_v1(files, "sys/fs/cgroup/cpu,cpuacct/a", "400000\n");
  CHECK(Tree(files).cpus() == 4);
}

TEST_CASE("a container sees its own group as the top") {
  std::map<std::string, std::string> files = {
      {"proc/self/mountinfo", "33 31 0:30 /docker/x /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n"}};
  limit_v1(files, "sys/fs/cgroup/cpu", "600000\n");
  limit_v1(files, "sys/fs/cgroup/cpu/inner", "100000\n");
  for (const auto& [group, cpus] :
       std::map<std::string, double>{{"/docker/x", 6}, {"/docker/x/inner", 1}, {"/docker/xinner", 6}, {"/other", 6}}) {
    CAPTURE(group);
    files["proc/self/cgroup"] = "3:cpu:" + group + "\n";
    CHECK(Tree(files).cpus() == cpus);
  }
}

TEST_CASE("files that make no sense limit nothing") {
  for (const char* text :
       {"", "max", "100000", "many 100000", "-5 100000", "100000 0", "0 100000", "1e999 -1", "\n\n"}) {
    CAPTURE(text);
    CHECK(v2_tree("/a", {{"sys/fs/cgroup/a/cpu.max", text}}).cpus() == HUGE_VAL);
  }
  for (const char* line : {"0", "0:", "::", "0::", "0::a", "0::a/", "0:://", "", ":"}) {
    CAPTURE(line);
    CHECK(Tree({{"proc/self/mountinfo", "a b\n - \n1 2 3 / / - cgroup2\n" + kTopV2}, {"proc/self/cgroup", line}})
              .cpus() == HUGE_VAL);
  }
}

TEST_CASE("the threads of a process are the quota rounded up, within its affinity, and at least one") {
  const size_t all = usable_cpus(Tree({}).folder.string());
  CHECK(all >= 1);
  const auto threads = [](const char* quota) {
    return usable_cpus(v2_tree("/", {{"sys/fs/cgroup/cpu.max", quota}}).folder.string());
  };
  CHECK(threads("1000 100000") == 1);
  CHECK(threads("100000 100000") == 1);
  CHECK(threads("100001 100000") == std::min<size_t>(all, 2));
  CHECK(threads("100000000000 100000") == all);
  CHECK(threads("max 100000") == all);
}
