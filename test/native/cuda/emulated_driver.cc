// A driver library whose GPU is the emulation: what the backend does with the driver can be tested on any machine. Memory
// is the host's, in small blocks so that a sanitizer sees what lies outside them; everything happens when it is asked for.
//
// Environment variables: OCTAVO_EMULATED_GPUS (default 1), OCTAVO_EMULATED_CAPABILITY (default 90), OCTAVO_EMULATED_MEMORY
// (bytes, default 2^30), OCTAVO_EMULATED_FAILURE (a name as in "MemAllocAsync:3": its third call fails, and all after it if
// it says that the device is lost).
#include <cuda.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

#include "cuda/device/hopper_instructions.h"
#include "emulated_gpu.h"

namespace {

std::mutex mutex;
std::map<CUdeviceptr, size_t> blocks;
size_t used = 0;
std::map<std::string, int> calls;
bool lost = false;

size_t setting(const char* name, size_t otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : std::strtoull(value, nullptr, 10);
}

/// What the call named `name` is to return: success, unless a test wants it to fail.
CUresult outcome(const char* name, CUresult failure) {
  const std::lock_guard lock(mutex);
  if (lost) return CUDA_ERROR_LAUNCH_FAILED;
  const char* const wanted = std::getenv("OCTAVO_EMULATED_FAILURE");
  if (wanted == nullptr) return CUDA_SUCCESS;
  const std::string text = wanted;
  const size_t colon = text.find(':');
  if (text.substr(0, colon) != name || ++calls[name] != std::atoi(text.c_str() + colon + 1)) return CUDA_SUCCESS;
  lost = failure == CUDA_ERROR_LAUNCH_FAILED;
  return failure;
}

}  // namespace

extern "C" {
#define API __attribute__((visibility("default"))) CUresult CUDAAPI

API cuInit(unsigned) { return outcome("Init", CUDA_ERROR_NO_DEVICE); }
API cuDriverGetVersion(int* version) {
  *version = 13000;
  return CUDA_SUCCESS;
}
API cuGetErrorName(CUresult, const char** name) {
  *name = "CUDA_ERROR";
  return CUDA_SUCCESS;
}
API cuGetErrorString(CUresult error, const char** text) {
  *text = error == CUDA_ERROR_OUT_OF_MEMORY ? "out of memory" : "unspecified launch failure";
  return CUDA_SUCCESS;
}
API cuDeviceGetCount(int* count) {
  *count = static_cast<int>(setting("OCTAVO_EMULATED_GPUS", 1));
  return CUDA_SUCCESS;
}
API cuDeviceGet(CUdevice* device, int number) {
  *device = number;
  return CUDA_SUCCESS;
}
API cuDeviceGetName(char* name, int length, CUdevice) {
  std::strncpy(name, "Emulated GPU", static_cast<size_t>(length));
  return CUDA_SUCCESS;
}
#undef cuDeviceGetUuid
API cuDeviceGetUuid(CUuuid* id, CUdevice device) {
  std::memset(id, device, sizeof *id);
  return CUDA_SUCCESS;
}
API cuDeviceGetAttribute(int* value, CUdevice_attribute which, CUdevice) {
  const auto capability = static_cast<int>(setting("OCTAVO_EMULATED_CAPABILITY", 90));
  switch (which) {
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
      *value = capability / 10;
      break;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
      *value = capability % 10;
      break;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
      *value = 4;
      break;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN:
      *value = 227 << 10;
      break;
    default:
      *value = 1 << 20;
  }
  return CUDA_SUCCESS;
}
API cuDeviceTotalMem(size_t* bytes, CUdevice) {
  *bytes = setting("OCTAVO_EMULATED_MEMORY", size_t{1} << 30);
  return CUDA_SUCCESS;
}
API cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  *context = reinterpret_cast<CUcontext>(static_cast<uintptr_t>(device) + 1);
  return outcome("DevicePrimaryCtxRetain", CUDA_ERROR_OUT_OF_MEMORY);
}
API cuDevicePrimaryCtxRelease(CUdevice) { return CUDA_SUCCESS; }
API cuCtxSetCurrent(CUcontext) { return CUDA_SUCCESS; }
API cuMemGetInfo(size_t* free, size_t* total) {
  const std::lock_guard lock(mutex);
  *total = setting("OCTAVO_EMULATED_MEMORY", size_t{1} << 30);
  *free = *total - used;
  return CUDA_SUCCESS;
}
API cuModuleLoadData(CUmodule* module, const void*) {
  *module = reinterpret_cast<CUmodule>(&blocks);
  return outcome("ModuleLoadData", CUDA_ERROR_NO_BINARY_FOR_GPU);
}
API cuModuleUnload(CUmodule) { return CUDA_SUCCESS; }
API cuModuleGetFunction(CUfunction* function, CUmodule, const char* name) {
  const auto* kernel = octavo::emulated::find_kernel(name);
  *function = reinterpret_cast<CUfunction>(const_cast<octavo::emulated::Kernel*>(kernel));
  return kernel == nullptr ? CUDA_ERROR_NOT_FOUND : CUDA_SUCCESS;
}
API cuFuncSetAttribute(CUfunction, CUfunction_attribute, int) { return CUDA_SUCCESS; }
API cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function, void** parameters, void**) {
  if (const CUresult result = outcome("LaunchKernelEx", CUDA_ERROR_LAUNCH_FAILED); result != CUDA_SUCCESS) return result;
  octavo::emulated::Launch launch;
  launch.grid = {config->gridDimX, config->gridDimY, config->gridDimZ};
  launch.block = {config->blockDimX, config->blockDimY, config->blockDimZ};
  launch.shared_bytes = config->sharedMemBytes;
  if (config->numAttrs > 0) launch.cluster = config->attrs[0].value.clusterDim.x;
  const auto& kernel = *reinterpret_cast<octavo::emulated::Kernel*>(function);
  const std::lock_guard lock(mutex);
  octavo::emulated::run(launch, [&] { kernel(parameters); });
  return CUDA_SUCCESS;
}
API cuStreamCreate(CUstream* stream, unsigned) {
  *stream = reinterpret_cast<CUstream>(&used);
  return CUDA_SUCCESS;
}
API cuStreamDestroy(CUstream) { return CUDA_SUCCESS; }
API cuStreamSynchronize(CUstream) { return outcome("StreamSynchronize", CUDA_ERROR_LAUNCH_FAILED); }
API cuEventCreate(CUevent* event, unsigned) {
  *event = reinterpret_cast<CUevent>(&used);
  return CUDA_SUCCESS;
}
API cuEventDestroy(CUevent) { return CUDA_SUCCESS; }
API cuEventRecord(CUevent, CUstream) { return CUDA_SUCCESS; }
API cuEventSynchronize(CUevent) { return outcome("EventSynchronize", CUDA_ERROR_LAUNCH_FAILED); }
#undef cuEventElapsedTime
API cuEventElapsedTime(float* milliseconds, CUevent, CUevent) {
  *milliseconds = 1;
  return CUDA_SUCCESS;
}
API cuMemAllocAsync(CUdeviceptr* data, size_t bytes, CUstream) {
  if (const CUresult result = outcome("MemAllocAsync", CUDA_ERROR_OUT_OF_MEMORY); result != CUDA_SUCCESS) return result;
  const std::lock_guard lock(mutex);
  if (bytes > setting("OCTAVO_EMULATED_MEMORY", size_t{1} << 30) - used) return CUDA_ERROR_OUT_OF_MEMORY;
  void* const block = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  std::memset(block, 0xA5, bytes);
  *data = reinterpret_cast<CUdeviceptr>(block);
  blocks[*data] = bytes;
  used += bytes;
  return CUDA_SUCCESS;
}
API cuMemFreeAsync(CUdeviceptr data, CUstream) {
  const std::lock_guard lock(mutex);
  const auto found = blocks.find(data);
  if (found == blocks.end()) return CUDA_ERROR_INVALID_VALUE;
  used -= found->second;
  blocks.erase(found);
  std::free(reinterpret_cast<void*>(data));
  return CUDA_SUCCESS;
}
API cuMemHostAlloc(void** data, size_t bytes, unsigned) {
  *data = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  return outcome("MemHostAlloc", CUDA_ERROR_OUT_OF_MEMORY);
}
API cuMemFreeHost(void* data) {
  std::free(data);
  return CUDA_SUCCESS;
}
API cuMemcpyHtoDAsync(CUdeviceptr to, const void* from, size_t bytes, CUstream) {
  std::memcpy(reinterpret_cast<void*>(to), from, bytes);
  return CUDA_SUCCESS;
}
API cuMemcpyDtoHAsync(void* to, CUdeviceptr from, size_t bytes, CUstream) {
  std::memcpy(to, reinterpret_cast<void*>(from), bytes);
  return outcome("MemcpyDtoHAsync", CUDA_ERROR_LAUNCH_FAILED);
}
API cuMemsetD8Async(CUdeviceptr data, unsigned char value, size_t bytes, CUstream) {
  std::memset(reinterpret_cast<void*>(data), value, bytes);
  return CUDA_SUCCESS;
}
API cuDeviceGetDefaultMemPool(CUmemoryPool* pool, CUdevice) {
  *pool = nullptr;
  return CUDA_SUCCESS;
}
API cuMemPoolSetAttribute(CUmemoryPool, CUmemPool_attribute, void*) { return CUDA_SUCCESS; }
API cuTensorMapEncodeTiled(CUtensorMap* map, CUtensorMapDataType, cuuint32_t, void* data, const cuuint64_t* sizes,
                           const cuuint64_t* strides, const cuuint32_t* box, const cuuint32_t*, CUtensorMapInterleave,
                           CUtensorMapSwizzle, CUtensorMapL2promotion, CUtensorMapFloatOOBfill) {
  const octavo::device::TensorMap emulated{static_cast<uint8_t*>(data), sizes[1], sizes[0], strides[0],
                                           static_cast<int>(box[1])};
  static_assert(sizeof emulated <= sizeof *map);
  std::memcpy(map, &emulated, sizeof emulated);
  return CUDA_SUCCESS;
}

#undef API
}
