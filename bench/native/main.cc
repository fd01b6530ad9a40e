// octavo_bench: octavo's drivers beside oneDNN and OpenBLAS, native, one thread. Usage: octavo_bench [seconds per case]
#include <cstdio>
#include <cstdlib>

#include "contest.h"
#include "dispatch/dispatch.h"
#include "ops/thread_pool.h"
#include "verify.h"

namespace octavo::bench {
namespace {

constexpr size_t kSizes[] = {256, 512, 1024, 2048};
/// What a user can set to hold a peer back; some systems do so for everybody.
constexpr const char* kPeerVariables[] = {"OPENBLAS_CORETYPE", "DNNL_MAX_CPU_ISA"};

const char* name_of(GemmType type) {
  return type == GemmType::kFloat32 ? "float32" : type == GemmType::kU8S8 ? "u8xs8" : "s8xs8";
}

/// Runs everybody once; those whose result is wrong are reported and not timed.
std::vector<Contestant> keep_right(const Operands& operands, const std::vector<Contestant>& contestants) {
  std::vector<Contestant> right;
  for (const Contestant& contestant : contestants) {
    contestant.run();
    const std::string fault = find_fault(operands, *contestant.product, *contestants.front().product);
    if (fault.empty())
      right.push_back(contestant);
    else
      std::printf("%-8s %4zu^3  %-28s not timed: %s\n", name_of(operands.type), operands.n, contestant.name.c_str(),
                  fault.c_str());
  }
  return right;
}

void run_case(GemmType type, size_t size, double seconds) {
  const Operands operands = make_operands(type, size, size, size);
  std::vector<Contestant> contestants;
  add_octavo(operands, &contestants);
  add_onednn(operands, &contestants);
  add_openblas(operands, &contestants);
  const std::vector<Contestant> right = keep_right(operands, contestants);
  const Contest contest = play(right, type, seconds);
  const double operations = 2.0 * static_cast<double>(size) * static_cast<double>(size) * static_cast<double>(size);
  for (size_t i = 0; i < right.size(); ++i) {
    const Timing& timing = contest.timings[i];
    std::printf("%-8s %4zu^3  %-28s %9.3f %9.3f %8.1f %8.1f %7.1f %7.1f\n", name_of(type), size, right[i].name.c_str(),
                timing.best * 1e3, timing.median * 1e3, operations / timing.best * 1e-9,
                operations / timing.median * 1e-9, 100 * operations * contest.peak.best / timing.best,
                100 * operations * contest.peak.median / timing.median);
  }
  std::fflush(stdout);
}

}  // namespace
}  // namespace octavo::bench

int main(int argc, char** argv) {
  using namespace octavo;
  const double seconds = argc > 1 ? std::atof(argv[1]) : 1.5;
  if (argc > 2 || !(seconds > 0)) {
    std::fprintf(stderr, "usage: octavo_bench [seconds per case]\n");
    return 2;
  }
  if (!kernel_set_status().ok()) {
    std::fprintf(stderr, "octavo_bench: %s\n", kernel_set_status().message.c_str());
    return 1;
  }
  ThreadPool::instance().set_threads(1);
  std::printf("kernel set %s, 1 thread, weights packed once, hot; GOPS = 2mnk / t\n", active_kernel_set().name);
  for (const char* name : bench::kPeerVariables)
    if (const char* value = std::getenv(name)) std::printf("note: %s=%s is set\n", name, value);
  std::printf("%-8s %6s  %-28s %9s %9s %8s %8s %7s %7s\n", "type", "size", "contestant", "best ms", "median", "GOPS",
              "median", "% peak", "median");
  using bench::GemmType;
  for (const GemmType type : {GemmType::kU8S8, GemmType::kS8S8, GemmType::kFloat32})
    for (const size_t size : bench::kSizes) bench::run_case(type, size, seconds);
  return 0;
}
