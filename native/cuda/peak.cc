#include "cuda/peak.h"

#include <algorithm>

namespace octavo::cuda {
namespace {

// As the kernels in cuda/kernels/ are built.
constexpr unsigned kThreads = 256, kWarps = kThreads / 32, kWarpGroups = kThreads / 128;
constexpr size_t kSumsBytes = kThreads * 4, kWgmmaSharedBytes = (64 + 256) * 128;
constexpr unsigned kStreamingBlocks = 4, kMultiplyingBlocks = 2;  // on a multiprocessor at once
constexpr double kMmaOperations = 8 * 2.0 * 16 * 8 * 32, kWgmmaOperations = 4 * 2.0 * 64 * 256 * 32;

unsigned blocks(const Device& d, unsigned on_each) {
  return static_cast<unsigned>(std::max(d.info().multiprocessors, 1)) * on_each;
}

/// Enough blocks to fill the GPU, but none without work.
unsigned streaming_blocks(const Device& d, size_t pieces) {
  const size_t needed = std::max<size_t>((pieces + kThreads - 1) / kThreads, 1);
  return static_cast<unsigned>(std::min<size_t>(needed, blocks(d, kStreamingBlocks)));
}

KernelLaunch launch_of(const char* name, unsigned grid, size_t shared_bytes) {
  KernelLaunch launch{name};
  launch.grid_x = grid;
  launch.threads = kThreads;
  launch.shared_bytes = shared_bytes;
  return launch;
}

}  // namespace

Status copy_bytes(Device& d, void* to, const void* from, size_t bytes) {
  size_t pieces = bytes / 16, rest = bytes % 16;
  void* parameters[] = {&to, &from, &pieces, &rest};
  return d.launch(launch_of("peak_copy", streaming_blocks(d, pieces), 0), parameters);
}

Status read_bytes(Device& d, const void* from, size_t bytes, uint32_t* sink) {
  size_t pieces = bytes / 16;
  void* parameters[] = {&from, &pieces, &sink};
  return d.launch(launch_of("peak_read", streaming_blocks(d, pieces), kSumsBytes), parameters);
}

Status run_mma(Device& d, bool wgmma, size_t repeats, uint32_t* sink, double* operations) {
  if (wgmma && !(d.info().major == 9 && d.info().minor == 0))
    return Status::error(Code::kUnsupported, "warp-group products need compute capability 9.0, and this GPU has " +
                                                 std::to_string(d.info().major) + "." + std::to_string(d.info().minor));
  const unsigned grid = blocks(d, wgmma ? 1 : kMultiplyingBlocks);
  const double each = wgmma ? kWarpGroups * kWgmmaOperations : kWarps * kMmaOperations;
  *operations = each * grid * static_cast<double>(repeats);
  void* parameters[] = {&repeats, &sink};
  if (wgmma) return d.launch(launch_of("peak_wgmma", grid, kWgmmaSharedBytes), parameters);
  return d.launch(launch_of("peak_mma", grid, kSumsBytes), parameters);
}

Status hold(Device& d, uint64_t nanoseconds) {
  KernelLaunch launch{"peak_hold"};
  void* parameters[] = {&nanoseconds};
  return d.launch(launch, parameters);
}

}  // namespace octavo::cuda
