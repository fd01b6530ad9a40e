// What the emulated driver keeps, and what environment variables have it do.
//
// OCTAVO_EMULATED_GPUS (default 1), OCTAVO_EMULATED_CAPABILITY (default 90), OCTAVO_EMULATED_VERSION (of CUDA, default
// 13000), OCTAVO_EMULATED_MEMORY (bytes, default 2^30), OCTAVO_EMULATED_LATE (1: copies and products are done as late
// as they may be), OCTAVO_EMULATED_FAILURE (a name as in "MemAllocAsync:3": its third call fails, and all calls after
// it if the failure says that the device is lost), OCTAVO_EMULATED_LEAKS ("report": what was not released is said at
// the end).
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <set>

#include "cuda/driver_api.h"

namespace octavo::emulated {

/// All that is in use; to be looked at with the mutex held.
struct DriverState {
  std::mutex mutex;
  std::map<cuda::DeviceAddress, size_t> blocks;
  std::set<void*> host_blocks;
  size_t used = 0;
  int contexts = 0, streams = 0, modules = 0, events = 0;
  bool lost = false;

  /// Says what was not released, if it is asked to.
  ~DriverState();
};
DriverState& driver_state();

/// The number that a variable holds.
size_t setting(const char* name, size_t otherwise);
size_t emulated_capability();
size_t memory_bytes();

/// What the call named `name` is to return: success, unless a test wants it to fail.
cuda::Result outcome(const char* name, cuda::Result failure);
/// Adds to what is in use unless the call is to fail.
cuda::Result create(const char* name, cuda::Result failure, int* in_use);
cuda::Result remove(int* in_use);
/// What a lost device had goes with the last use of its context, and it works again.
void end_lost_context();

}  // namespace octavo::emulated

/// Begins a function of the driver.
#define OCTAVO_DRIVER_FUNCTION extern "C" __attribute__((visibility("default"))) octavo::cuda::Result OCTAVO_DRIVER_CALL
