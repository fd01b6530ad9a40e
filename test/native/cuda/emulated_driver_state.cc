#include "emulated_driver_state.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace octavo::emulated {

using cuda::Result;

namespace {

/// Of the call that is to fail, with the state's mutex held.
std::map<std::string, int> calls;

DriverState the_state;  // from when the library is loaded until the process ends

}  // namespace

DriverState& driver_state() { return the_state; }

DriverState::~DriverState() {
  const char* const wanted = std::getenv("OCTAVO_EMULATED_LEAKS");
  if (wanted == nullptr || std::string(wanted) != "report") return;
  const auto report = [](size_t count, const char* what) {
    if (count != 0) std::fprintf(stderr, "emulated GPU: %zu %s not released\n", count, what);
  };
  report(blocks.size(), "blocks of memory");
  report(host_blocks.size(), "blocks of host memory");
  report(static_cast<size_t>(contexts), "contexts");
  report(static_cast<size_t>(streams), "streams");
  report(static_cast<size_t>(modules), "modules");
  report(static_cast<size_t>(events), "events");
}

size_t setting(const char* name, size_t otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : std::strtoull(value, nullptr, 10);
}

size_t emulated_capability() { return setting("OCTAVO_EMULATED_CAPABILITY", 90); }
size_t memory_bytes() { return setting("OCTAVO_EMULATED_MEMORY", size_t{1} << 30); }

Result outcome(const char* name, Result failure) {
  DriverState& state = driver_state();
  const std::lock_guard lock(state.mutex);
  if (state.lost) return Result::kLaunchFailed;
  const char* const wanted = std::getenv("OCTAVO_EMULATED_FAILURE");
  if (wanted == nullptr) return Result::kSuccess;
  const std::string text = wanted;
  const size_t colon = text.find(':');
  if (colon == std::string::npos || text.substr(0, colon) != name) return Result::kSuccess;
  if (++calls[name] != std::atoi(text.c_str() + colon + 1)) return Result::kSuccess;
  state.lost = failure == Result::kLaunchFailed;
  return failure;
}

Result create(const char* name, Result failure, int* in_use) {
  const Result result = outcome(name, failure);
  const std::lock_guard lock(driver_state().mutex);
  if (result == Result::kSuccess) ++*in_use;
  return result;
}

Result remove(int* in_use) {
  const std::lock_guard lock(driver_state().mutex);
  if (*in_use == 0) return Result::kInvalidValue;
  --*in_use;
  return Result::kSuccess;
}

void end_lost_context() {
  DriverState& state = driver_state();
  const std::lock_guard lock(state.mutex);
  if (!state.lost) return;
  for (const auto& [data, bytes] : state.blocks) std::free(reinterpret_cast<void*>(data));
  state.blocks.clear();
  state.used = 0;
  state.streams = state.modules = state.events = 0;
  state.lost = false;
}

}  // namespace octavo::emulated
