// The emulated driver's functions of memory: blocks as large as was asked for, so that a sanitizer sees what lies
// outside them, and copies that are done when they are asked for.
#include <cstdlib>
#include <cstring>

#include "emulated_driver_state.h"

using namespace octavo::cuda;
using namespace octavo::emulated;

namespace {

void* aligned(size_t alignment, size_t bytes) {
  void* memory = nullptr;
  return posix_memalign(&memory, alignment, bytes) == 0 ? memory : nullptr;
}

}  // namespace

OCTAVO_DRIVER_FUNCTION cuMemGetInfo_v2(size_t* free, size_t* total) {
  DriverState& state = driver_state();
  const std::lock_guard lock(state.mutex);
  *total = memory_bytes();
  *free = *total - state.used;
  return Result::kSuccess;
}
OCTAVO_DRIVER_FUNCTION cuMemAllocAsync(DeviceAddress* data, size_t bytes, Stream) {
  if (const Result result = outcome("MemAllocAsync", Result::kOutOfMemory); result != Result::kSuccess) return result;
  DriverState& state = driver_state();
  const std::lock_guard lock(state.mutex);
  if (bytes > memory_bytes() - state.used) return Result::kOutOfMemory;
  void* const block = aligned(256, bytes);
  std::memset(block, 0xA5, bytes);
  *data = reinterpret_cast<DeviceAddress>(block);
  state.blocks[*data] = bytes;
  state.used += bytes;
  return Result::kSuccess;
}
OCTAVO_DRIVER_FUNCTION cuMemFreeAsync(DeviceAddress data, Stream) {
  DriverState& state = driver_state();
  const std::lock_guard lock(state.mutex);
  const auto found = state.blocks.find(data);
  if (found == state.blocks.end()) return Result::kInvalidValue;
  state.used -= found->second;
  state.blocks.erase(found);
  std::free(reinterpret_cast<void*>(data));
  return Result::kSuccess;
}
OCTAVO_DRIVER_FUNCTION cuMemHostAlloc(void** data, size_t bytes, unsigned) {
  if (const Result result = outcome("MemHostAlloc", Result::kOutOfMemory); result != Result::kSuccess) return result;
  *data = aligned(4096, bytes);
  DriverState& state = driver_state();
  const std::lock_guard lock(state.mutex);
  state.host_blocks.insert(*data);
  return Result::kSuccess;
}
OCTAVO_DRIVER_FUNCTION cuMemFreeHost(void* data) {
  DriverState& state = driver_state();
  const std::lock_guard lock(state.mutex);
  if (state.host_blocks.erase(data) == 0) return Result::kInvalidValue;
  std::free(data);
  return Result::kSuccess;
}
OCTAVO_DRIVER_FUNCTION cuMemcpyHtoDAsync_v2(DeviceAddress to, const void* from, size_t bytes, Stream) {
  if (bytes > 0) std::memcpy(reinterpret_cast<void*>(to), from, bytes);
  return outcome("MemcpyHtoDAsync", Result::kLaunchFailed);
}
OCTAVO_DRIVER_FUNCTION cuMemcpyDtoHAsync_v2(void* to, DeviceAddress from, size_t bytes, Stream) {
  if (bytes > 0) std::memcpy(to, reinterpret_cast<void*>(from), bytes);
  return outcome("MemcpyDtoHAsync", Result::kLaunchFailed);
}
OCTAVO_DRIVER_FUNCTION cuMemcpyDtoDAsync_v2(DeviceAddress to, DeviceAddress from, size_t bytes, Stream) {
  if (bytes > 0) std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes);
  return outcome("MemcpyDtoDAsync", Result::kLaunchFailed);
}
OCTAVO_DRIVER_FUNCTION cuMemsetD8Async(DeviceAddress data, unsigned char value, size_t bytes, Stream) {
  if (bytes > 0) std::memset(reinterpret_cast<void*>(data), value, bytes);
  return outcome("MemsetD8Async", Result::kLaunchFailed);
}
OCTAVO_DRIVER_FUNCTION cuDeviceGetDefaultMemPool(MemoryPool* pool, DeviceNumber) {
  *pool = nullptr;
  return outcome("DeviceGetDefaultMemPool", Result::kInvalidValue);
}
OCTAVO_DRIVER_FUNCTION cuMemPoolSetAttribute(MemoryPool, int, void*) { return Result::kSuccess; }
OCTAVO_DRIVER_FUNCTION cuMemPoolGetAttribute(MemoryPool, int, void* value) {
  *static_cast<uint64_t*>(value) = 0;
  return Result::kSuccess;
}
OCTAVO_DRIVER_FUNCTION cuMemPoolTrimTo(MemoryPool, size_t) { return Result::kSuccess; }
