// octavo_bench: octavo's drivers beside oneDNN and OpenBLAS, native, one thread. See kUsage for its arguments.
#include <cstdio>
#include <cstdlib>

#include "arguments.h"
#include "contest.h"
#include "dispatch/dispatch.h"
#include "ops/thread_pool.h"
#include "vector_cases.h"
#include "verify.h"

namespace octavo::bench {
namespace {

/// What a user can set to hold a peer back; some systems do so for everybody.
constexpr const char* kPeerVariables[] = {"OPENBLAS_CORETYPE", "DNNL_MAX_CPU_ISA"};

std::string show(const Shape& shape) {
  return std::to_string(shape.m) + "x" + std::to_string(shape.n) + "x" + std::to_string(shape.k);
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
      std::printf("%-8s %-15s %-28s not timed: %s\n", name_of(operands.type),
                  show({operands.m, operands.n, operands.k}).c_str(), contestant.name.c_str(), fault.c_str());
  }
  return right;
}

/// Bytes read and written, each once: what a product that computes little with each byte is limited by.
double bytes_of(const Operands& operands) {
  const size_t value = operands.type == GemmType::kFloat32 ? 4 : 1;
  return static_cast<double>(value * (operands.m * operands.k + operands.k * operands.n) + 4 * operands.m * operands.n);
}

void run_case(GemmType type, const Shape& shape, double seconds) {
  const Operands operands = make_operands(type, shape.m, shape.n, shape.k);
  std::vector<Contestant> contestants;
  add_octavo(operands, &contestants);
  add_onednn(operands, &contestants);
  add_openblas(operands, &contestants);
  const std::vector<Contestant> right = keep_right(operands, contestants);
  const Contest contest = play(right, type, seconds);
  const double operations =
      2.0 * static_cast<double>(shape.m) * static_cast<double>(shape.n) * static_cast<double>(shape.k);
  for (size_t i = 0; i < right.size(); ++i) {
    const Timing& timing = contest.timings[i];
    std::printf("%-8s %-15s %-28s %9.4f %9.4f %7.1f %7.1f %7.1f %7.1f %7.1f\n", name_of(type), show(shape).c_str(),
                right[i].name.c_str(), timing.best * 1e3, timing.median * 1e3, operations / timing.best * 1e-9,
                operations / timing.median * 1e-9, 100 * operations * contest.peak.best / timing.best,
                100 * operations * contest.peak.median / timing.median, bytes_of(operands) / timing.best * 1e-9);
  }
  std::fflush(stdout);
}

void print_header() {
  std::printf("kernel set %s, 1 thread, weights packed once, hot; GOPS = 2mnk / t, GB/s of the best\n",
              active_kernel_set().name);
  for (const char* name : kPeerVariables)
    if (const char* value = std::getenv(name)) std::printf("note: %s=%s is set\n", name, value);
  std::printf("%-8s %-15s %-28s %9s %9s %7s %7s %7s %7s %7s\n", "type", "m x n x k", "contestant", "best ms", "median",
              "GOPS", "median", "% peak", "median", "GB/s");
}

}  // namespace
}  // namespace octavo::bench

int main(int argc, char** argv) {
  using namespace octavo;
  bench::Settings settings;
  const std::string mistake = bench::parse_arguments(argc, argv, &settings);
  if (!mistake.empty()) {
    std::fprintf(stderr, "octavo_bench: cannot use %s\n%s", mistake.c_str(), bench::kUsage);
    return 2;
  }
  if (!kernel_set_status().ok()) {
    std::fprintf(stderr, "octavo_bench: %s\n", kernel_set_status().message.c_str());
    return 1;
  }
  ThreadPool::instance().set_threads(1);
  for (const size_t dim : settings.dims) bench::run_vector_cases(dim, settings.seconds);
  if (settings.types.empty()) return 0;
  bench::print_header();
  for (const bench::GemmType type : settings.types)
    for (const bench::Shape& shape : settings.shapes) bench::run_case(type, shape, settings.seconds);
  return 0;
}
