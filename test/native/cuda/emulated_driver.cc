// A driver library whose GPU is the emulation: what the backend does with the driver can be tested on any machine.
// Memory is the host's, in small blocks so that a sanitizer sees what lies outside them; everything happens when it is
// asked for.
//
// Environment variables: OCTAVO_EMULATED_GPUS (default 1), OCTAVO_EMULATED_CAPABILITY (default 90),
// OCTAVO_EMULATED_MEMORY (bytes, default 2^30), OCTAVO_EMULATED_FAILURE (a name as in "MemAllocAsync:3": its third call
// fails, and all after it if it says that the device is lost).
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

#include "cuda/device/hopper_instructions.h"
#include "cuda/driver_api.h"
#include "emulated_gpu.h"

using namespace octavo::cuda;

namespace {

std::mutex mutex;
std::map<DeviceAddress, size_t> blocks;
size_t used = 0;
std::map<std::string, int> calls;
bool lost = false;

size_t setting(const char* name, size_t otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : std::strtoull(value, nullptr, 10);
}

/// What the call named `name` is to return: success, unless a test wants it to fail.
Result outcome(const char* name, Result failure) {
  const std::lock_guard lock(mutex);
  if (lost) return Result::kLaunchFailed;
  const char* const wanted = std::getenv("OCTAVO_EMULATED_FAILURE");
  if (wanted == nullptr) return Result::kSuccess;
  const std::string text = wanted;
  const size_t colon = text.find(':');
  if (text.substr(0, colon) != name || ++calls[name] != std::atoi(text.c_str() + colon + 1)) return Result::kSuccess;
  lost = failure == Result::kLaunchFailed;
  return failure;
}

}  // namespace

extern "C" {
#define API __attribute__((visibility("default"))) Result OCTAVO_DRIVER_CALL

API cuInit(unsigned) { return outcome("Init", Result::kNoDevice); }
API cuDriverGetVersion(int* version) {
  *version = 13000;
  return Result::kSuccess;
}
API cuGetErrorName(Result, const char** name) {
  *name = "CUDA_ERROR";
  return Result::kSuccess;
}
API cuGetErrorString(Result error, const char** text) {
  *text = error == Result::kOutOfMemory ? "out of memory" : "unspecified launch failure";
  return Result::kSuccess;
}
API cuDeviceGetCount(int* count) {
  *count = static_cast<int>(setting("OCTAVO_EMULATED_GPUS", 1));
  return Result::kSuccess;
}
API cuDeviceGet(DeviceNumber* device, int number) {
  *device = number;
  return Result::kSuccess;
}
API cuDeviceGetName(char* name, int length, DeviceNumber) {
  std::strncpy(name, "Emulated GPU", static_cast<size_t>(length));
  return Result::kSuccess;
}
API cuDeviceGetUuid_v2(Uuid* id, DeviceNumber device) {
  std::memset(id, device, sizeof *id);
  return Result::kSuccess;
}
API cuDeviceGetAttribute(int* value, Attribute which, DeviceNumber) {
  const auto capability = static_cast<int>(setting("OCTAVO_EMULATED_CAPABILITY", 90));
  switch (which) {
    case Attribute::kComputeCapabilityMajor:
      *value = capability / 10;
      break;
    case Attribute::kComputeCapabilityMinor:
      *value = capability % 10;
      break;
    case Attribute::kMultiprocessorCount:
      *value = 4;
      break;
    case Attribute::kSharedMemoryPerBlock:
      *value = 227 << 10;
      break;
    default:
      *value = 1 << 20;
  }
  return Result::kSuccess;
}
API cuDeviceTotalMem_v2(size_t* bytes, DeviceNumber) {
  *bytes = setting("OCTAVO_EMULATED_MEMORY", size_t{1} << 30);
  return Result::kSuccess;
}
API cuDevicePrimaryCtxRetain(Context* context, DeviceNumber device) {
  *context = reinterpret_cast<Context>(static_cast<uintptr_t>(device) + 1);
  return outcome("DevicePrimaryCtxRetain", Result::kOutOfMemory);
}
API cuDevicePrimaryCtxRelease_v2(DeviceNumber) { return Result::kSuccess; }
API cuCtxSetCurrent(Context) { return Result::kSuccess; }
API cuMemGetInfo_v2(size_t* free, size_t* total) {
  const std::lock_guard lock(mutex);
  *total = setting("OCTAVO_EMULATED_MEMORY", size_t{1} << 30);
  *free = *total - used;
  return Result::kSuccess;
}
API cuModuleLoadData(Module* module, const void*) {
  *module = reinterpret_cast<Module>(&blocks);
  return outcome("ModuleLoadData", Result::kNoBinaryForGpu);
}
API cuModuleUnload(Module) { return Result::kSuccess; }
API cuModuleGetFunction(Function* function, Module, const char* name) {
  const auto* kernel = octavo::emulated::find_kernel(name);
  *function = reinterpret_cast<Function>(const_cast<octavo::emulated::Kernel*>(kernel));
  return kernel == nullptr ? Result::kNotFound : Result::kSuccess;
}
API cuFuncSetAttribute(Function, int, int) { return Result::kSuccess; }
API cuLaunchKernelEx(const LaunchConfig* config, Function function, void** parameters, void**) {
  if (const Result result = outcome("LaunchKernelEx", Result::kLaunchFailed); result != Result::kSuccess) return result;
  octavo::emulated::Launch launch;
  launch.grid = {config->grid_x, config->grid_y, config->grid_z};
  launch.block = {config->block_x, config->block_y, config->block_z};
  launch.shared_bytes = config->shared_bytes;
  if (config->attribute_count > 0) launch.cluster = config->attributes[0].value.cluster[0];
  const auto& kernel = *reinterpret_cast<octavo::emulated::Kernel*>(function);
  const std::lock_guard lock(mutex);
  octavo::emulated::run(launch, [&] { kernel(parameters); });
  return Result::kSuccess;
}
API cuStreamCreate(Stream* stream, unsigned) {
  *stream = reinterpret_cast<Stream>(&used);
  return Result::kSuccess;
}
API cuStreamDestroy_v2(Stream) { return Result::kSuccess; }
API cuStreamSynchronize(Stream) { return outcome("StreamSynchronize", Result::kLaunchFailed); }
API cuEventCreate(Event* event, unsigned) {
  *event = reinterpret_cast<Event>(&used);
  return Result::kSuccess;
}
API cuEventDestroy_v2(Event) { return Result::kSuccess; }
API cuEventRecord(Event, Stream) { return Result::kSuccess; }
API cuEventQuery(Event) { return outcome("EventQuery", Result::kLaunchFailed); }
API cuEventSynchronize(Event) { return outcome("EventSynchronize", Result::kLaunchFailed); }
API cuEventElapsedTime(float* milliseconds, Event, Event) {
  *milliseconds = 1;
  return Result::kSuccess;
}
API cuMemAllocAsync(DeviceAddress* data, size_t bytes, Stream) {
  if (const Result result = outcome("MemAllocAsync", Result::kOutOfMemory); result != Result::kSuccess) return result;
  const std::lock_guard lock(mutex);
  if (bytes > setting("OCTAVO_EMULATED_MEMORY", size_t{1} << 30) - used) return Result::kOutOfMemory;
  void* const block = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  std::memset(block, 0xA5, bytes);
  *data = reinterpret_cast<DeviceAddress>(block);
  blocks[*data] = bytes;
  used += bytes;
  return Result::kSuccess;
}
API cuMemFreeAsync(DeviceAddress data, Stream) {
  const std::lock_guard lock(mutex);
  const auto found = blocks.find(data);
  if (found == blocks.end()) return Result::kInvalidValue;
  used -= found->second;
  blocks.erase(found);
  std::free(reinterpret_cast<void*>(data));
  return Result::kSuccess;
}
API cuMemHostAlloc(void** data, size_t bytes, unsigned) {
  *data = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  return outcome("MemHostAlloc", Result::kOutOfMemory);
}
API cuMemFreeHost(void* data) {
  std::free(data);
  return Result::kSuccess;
}
API cuMemcpyHtoDAsync_v2(DeviceAddress to, const void* from, size_t bytes, Stream) {
  std::memcpy(reinterpret_cast<void*>(to), from, bytes);
  return Result::kSuccess;
}
API cuMemcpyDtoHAsync_v2(void* to, DeviceAddress from, size_t bytes, Stream) {
  std::memcpy(to, reinterpret_cast<void*>(from), bytes);
  return outcome("MemcpyDtoHAsync", Result::kLaunchFailed);
}
API cuMemcpyDtoDAsync_v2(DeviceAddress to, DeviceAddress from, size_t bytes, Stream) {
  std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes);
  return Result::kSuccess;
}
API cuMemsetD8Async(DeviceAddress data, unsigned char value, size_t bytes, Stream) {
  std::memset(reinterpret_cast<void*>(data), value, bytes);
  return Result::kSuccess;
}
API cuDeviceGetDefaultMemPool(MemoryPool* pool, DeviceNumber) {
  *pool = nullptr;
  return Result::kSuccess;
}
API cuMemPoolSetAttribute(MemoryPool, int, void*) { return Result::kSuccess; }
API cuTensorMapEncodeTiled(TensorMap* map, int, uint32_t, void* data, const uint64_t* sizes, const uint64_t* strides,
                           const uint32_t* box, const uint32_t*, int, int, int, int) {
  const octavo::device::TensorMap emulated{static_cast<uint8_t*>(data), sizes[1], sizes[0], strides[0],
                                           static_cast<int>(box[1])};
  static_assert(sizeof emulated <= sizeof *map);
  std::memcpy(map, &emulated, sizeof emulated);
  return Result::kSuccess;
}

#undef API
}
