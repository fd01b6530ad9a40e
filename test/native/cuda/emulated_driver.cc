// A driver library whose GPU is the emulation: what the backend does with the driver can be tested on any machine.
// Memory is the host's, in small blocks so that a sanitizer sees what lies outside them; everything happens when it is
// asked for.
//
// Environment variables: OCTAVO_EMULATED_GPUS (default 1), OCTAVO_EMULATED_CAPABILITY (default 90),
// OCTAVO_EMULATED_VERSION (of CUDA, default 13000), OCTAVO_EMULATED_MEMORY (bytes, default 2^30),
// OCTAVO_EMULATED_FAILURE (a name as in "MemAllocAsync:3": its third call fails, and all calls after it if the failure
// says that the device is lost), OCTAVO_EMULATED_LEAKS ("report": what was not released is said at the end).
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "cuda/device/hopper_instructions.h"
#include "cuda/driver_api.h"
#include "emulated_gpu.h"

using namespace octavo::cuda;

namespace {

std::mutex mutex;
std::map<DeviceAddress, size_t> blocks;
std::set<void*> host_blocks;
size_t used = 0;
int contexts = 0, streams = 0, modules = 0, events = 0;
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
  if (colon == std::string::npos || text.substr(0, colon) != name) return Result::kSuccess;
  if (++calls[name] != std::atoi(text.c_str() + colon + 1)) return Result::kSuccess;
  lost = failure == Result::kLaunchFailed;
  return failure;
}

/// Adds to what is in use unless the call is to fail.
Result create(const char* name, Result failure, int* in_use) {
  const Result result = outcome(name, failure);
  const std::lock_guard lock(mutex);
  if (result == Result::kSuccess) ++*in_use;
  return result;
}

Result remove(int* in_use) {
  const std::lock_guard lock(mutex);
  if (*in_use == 0) return Result::kInvalidValue;
  --*in_use;
  return Result::kSuccess;
}

/// What a lost device had goes with the last use of its context, and it works again.
void end_lost_context() {
  const std::lock_guard lock(mutex);
  if (!lost) return;
  for (const auto& [data, bytes] : blocks) std::free(reinterpret_cast<void*>(data));
  blocks.clear();
  used = 0;
  streams = modules = events = 0;
  lost = false;
}

struct ReportAtEnd {
  ~ReportAtEnd() {
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
} report_at_end;

void* aligned(size_t alignment, size_t bytes) {
  void* memory = nullptr;
  return posix_memalign(&memory, alignment, bytes) == 0 ? memory : nullptr;
}

struct ErrorName {
  Result error;
  const char *name, *text;
};
constexpr ErrorName kErrorNames[] = {
    {Result::kSuccess, "CUDA_SUCCESS", "no error"},
    {Result::kInvalidValue, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {Result::kOutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {Result::kNoDevice, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {Result::kNoBinaryForGpu, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {Result::kNotFound, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {Result::kLaunchFailed, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
};

Result describe(Result error, const char** text, const char* ErrorName::* what) {
  for (const ErrorName& row : kErrorNames)
    if (row.error == error) {
      *text = row.*what;
      return Result::kSuccess;
    }
  *text = nullptr;
  return Result::kInvalidValue;
}

}  // namespace

extern "C" {
#define API __attribute__((visibility("default"))) Result OCTAVO_DRIVER_CALL

API cuInit(unsigned) { return outcome("Init", Result::kNoDevice); }
API cuDriverGetVersion(int* version) {
  *version = static_cast<int>(setting("OCTAVO_EMULATED_VERSION", 13000));
  return outcome("DriverGetVersion", Result::kInvalidValue);
}
API cuGetErrorName(Result error, const char** name) { return describe(error, name, &ErrorName::name); }
API cuGetErrorString(Result error, const char** text) { return describe(error, text, &ErrorName::text); }
API cuDeviceGetCount(int* count) {
  *count = static_cast<int>(setting("OCTAVO_EMULATED_GPUS", 1));
  return outcome("DeviceGetCount", Result::kInvalidValue);
}
API cuDeviceGet(DeviceNumber* device, int number) {
  *device = number;
  return outcome("DeviceGet", Result::kInvalidValue);
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
  return create("DevicePrimaryCtxRetain", Result::kOutOfMemory, &contexts);
}
API cuDevicePrimaryCtxRelease_v2(DeviceNumber) {
  const Result result = remove(&contexts);
  if (contexts == 0) end_lost_context();
  return result;
}
API cuCtxSetCurrent(Context) { return outcome("CtxSetCurrent", Result::kInvalidValue); }
API cuMemGetInfo_v2(size_t* free, size_t* total) {
  const std::lock_guard lock(mutex);
  *total = setting("OCTAVO_EMULATED_MEMORY", size_t{1} << 30);
  *free = *total - used;
  return Result::kSuccess;
}
API cuModuleLoadData(Module* module, const void*) {
  *module = reinterpret_cast<Module>(&blocks);
  return create("ModuleLoadData", Result::kNoBinaryForGpu, &modules);
}
API cuModuleUnload(Module) { return remove(&modules); }
API cuModuleGetFunction(Function* function, Module, const char* name) {
  const auto* kernel = octavo::emulated::find_kernel(name);
  *function = reinterpret_cast<Function>(const_cast<octavo::emulated::Kernel*>(kernel));
  return kernel == nullptr ? Result::kNotFound : outcome("ModuleGetFunction", Result::kNotFound);
}
API cuFuncSetAttribute(Function, int, int) { return outcome("FuncSetAttribute", Result::kInvalidValue); }
API cuLaunchKernelEx(const LaunchConfig* config, Function function, void** parameters, void**) {
  if (const Result result = outcome("LaunchKernelEx", Result::kLaunchFailed); result != Result::kSuccess) return result;
  octavo::emulated::Launch launch;
  launch.grid = {config->grid_x, config->grid_y, config->grid_z};
  launch.block = {config->block_x, config->block_y, config->block_z};
  launch.shared_bytes = config->shared_bytes;
  if (config->attribute_count > 0) launch.cluster = config->attributes[0].value.cluster[0];
  launch.capability = static_cast<unsigned>(setting("OCTAVO_EMULATED_CAPABILITY", 90));
  launch.late = setting("OCTAVO_EMULATED_LATE", 0) != 0;
  const auto& kernel = *reinterpret_cast<octavo::emulated::Kernel*>(function);
  const std::lock_guard lock(mutex);
  try {
    octavo::emulated::run(launch, [&] { kernel(parameters); });
    return Result::kSuccess;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "emulated GPU: %s\n", error.what());
    lost = true;
    return Result::kLaunchFailed;
  }
}
API cuStreamCreate(Stream* stream, unsigned) {
  *stream = reinterpret_cast<Stream>(&used);
  return create("StreamCreate", Result::kOutOfMemory, &streams);
}
API cuStreamDestroy_v2(Stream) { return remove(&streams); }
API cuStreamSynchronize(Stream) { return outcome("StreamSynchronize", Result::kLaunchFailed); }
API cuEventCreate(Event* event, unsigned) {
  *event = reinterpret_cast<Event>(&used);
  return create("EventCreate", Result::kOutOfMemory, &events);
}
API cuEventDestroy_v2(Event) { return remove(&events); }
API cuEventRecord(Event, Stream) { return outcome("EventRecord", Result::kLaunchFailed); }
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
  void* const block = aligned(256, bytes);
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
  if (const Result result = outcome("MemHostAlloc", Result::kOutOfMemory); result != Result::kSuccess) return result;
  *data = aligned(4096, bytes);
  const std::lock_guard lock(mutex);
  host_blocks.insert(*data);
  return Result::kSuccess;
}
API cuMemFreeHost(void* data) {
  const std::lock_guard lock(mutex);
  if (host_blocks.erase(data) == 0) return Result::kInvalidValue;
  std::free(data);
  return Result::kSuccess;
}
API cuMemcpyHtoDAsync_v2(DeviceAddress to, const void* from, size_t bytes, Stream) {
  if (bytes > 0) std::memcpy(reinterpret_cast<void*>(to), from, bytes);
  return outcome("MemcpyHtoDAsync", Result::kLaunchFailed);
}
API cuMemcpyDtoHAsync_v2(void* to, DeviceAddress from, size_t bytes, Stream) {
  if (bytes > 0) std::memcpy(to, reinterpret_cast<void*>(from), bytes);
  return outcome("MemcpyDtoHAsync", Result::kLaunchFailed);
}
API cuMemcpyDtoDAsync_v2(DeviceAddress to, DeviceAddress from, size_t bytes, Stream) {
  if (bytes > 0) std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes);
  return outcome("MemcpyDtoDAsync", Result::kLaunchFailed);
}
API cuMemsetD8Async(DeviceAddress data, unsigned char value, size_t bytes, Stream) {
  if (bytes > 0) std::memset(reinterpret_cast<void*>(data), value, bytes);
  return outcome("MemsetD8Async", Result::kLaunchFailed);
}
API cuDeviceGetDefaultMemPool(MemoryPool* pool, DeviceNumber) {
  *pool = nullptr;
  return outcome("DeviceGetDefaultMemPool", Result::kInvalidValue);
}
API cuMemPoolSetAttribute(MemoryPool, int, void*) { return Result::kSuccess; }
API cuMemPoolGetAttribute(MemoryPool, int, void* value) {
  *static_cast<uint64_t*>(value) = 0;
  return Result::kSuccess;
}
API cuMemPoolTrimTo(MemoryPool, size_t) { return Result::kSuccess; }
API cuTensorMapEncodeTiled(TensorMap* map, int, uint32_t, void* data, const uint64_t* sizes, const uint64_t* strides,
                           const uint32_t* box, const uint32_t*, int, int, int, int) {
  const octavo::device::TensorMap emulated{static_cast<uint8_t*>(data), sizes[1], sizes[0], strides[0],
                                           static_cast<int>(box[1])};
  static_assert(sizeof emulated <= sizeof *map);
  std::memcpy(map, &emulated, sizeof emulated);
  return outcome("TensorMapEncodeTiled", Result::kInvalidValue);
}

#undef API
}
