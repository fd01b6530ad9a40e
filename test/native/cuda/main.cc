// Runs the tests of the CUDA backend on the GPU that is there. Where there is none it says why, and that it skipped
// them. With --use it opens the GPU, computes one product on it, and says what came of it: what loading_test.cc does
// many times, since a process opens the driver once.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <string_view>

#include "gpu.h"
#include "use_gpu.h"

namespace {

/// A summary as doctest writes it, of tests that were all skipped.
int skip(const std::string& why) {
  std::printf("skipped: no GPU (%s)\n[doctest] test cases: 0 | 0 passed | 0 failed | 1 skipped |\n", why.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--use") return octavo_test::use_gpu();
  std::string why_not;
  const auto& device = octavo_test::gpu(&why_not);
  if (device == nullptr) return skip(why_not);
  const auto& info = device->info();
  std::printf("GPU: %s, compute capability %d.%d\n", info.name.c_str(), info.major, info.minor);
  const int result = doctest::Context(argc, argv).run();
  octavo_test::close_gpu();
  return result;
}
