// A driver library whose GPU is the emulation: what the backend does with the driver can be tested on any machine;
// everything happens when it is asked for. emulated_driver_state.h says by which variables tests have it fail.
#include <cstdio>
#include <cstring>
#include <exception>

#include "cuda/device/hopper_instructions.h"
#include "emulated_driver_state.h"
#include "emulated_gpu.h"

using namespace octavo::cuda;
using namespace octavo::emulated;

namespace {

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

OCTAVO_DRIVER_FUNCTION cuInit(unsigned) { return outcome("Init", Result::kNoDevice); }
OCTAVO_DRIVER_FUNCTION cuDriverGetVersion(int* version) {
  *version = static_cast<int>(setting("OCTAVO_EMULATED_VERSION", 13000));
  return outcome("DriverGetVersion", Result::kInvalidValue);
}
OCTAVO_DRIVER_FUNCTION cuGetErrorName(Result error, const char** name) {
  return describe(error, name, &ErrorName::name);
}
OCTAVO_DRIVER_FUNCTION cuGetErrorString(Result error, const char** text) {
  return describe(error, text, &ErrorName::text);
}
OCTAVO_DRIVER_FUNCTION cuDeviceGetCount(int* count) {
  *count = static_cast<int>(setting("OCTAVO_EMULATED_GPUS", 1));
  return outcome("DeviceGetCount", Result::kInvalidValue);
}
OCTAVO_DRIVER_FUNCTION cuDeviceGet(DeviceNumber* device, int number) {
  *device = number;
  return outcome("DeviceGet", Result::kInvalidValue);
}
OCTAVO_DRIVER_FUNCTION cuDeviceGetName(char* name, int length, DeviceNumber) {
  std::strncpy(name, "Emulated GPU", static_cast<size_t>(length));
  return Result::kSuccess;
}
OCTAVO_DRIVER_FUNCTION cuDeviceGetUuid_v2(Uuid* id, DeviceNumber device) {
  std::memset(id, device, sizeof *id);
  return Result::kSuccess;
}
OCTAVO_DRIVER_FUNCTION cuDeviceGetAttribute(int* value, Attribute which, DeviceNumber) {
  const auto capability = static_cast<int>(emulated_capability());
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
OCTAVO_DRIVER_FUNCTION cuDeviceTotalMem_v2(size_t* bytes, DeviceNumber) {
  *bytes = memory_bytes();
  return Result::kSuccess;
}
OCTAVO_DRIVER_FUNCTION cuDevicePrimaryCtxRetain(Context* context, DeviceNumber device) {
  *context = reinterpret_cast<Context>(static_cast<uintptr_t>(device) + 1);
  return create("DevicePrimaryCtxRetain", Result::kOutOfMemory, &driver_state().contexts);
}
OCTAVO_DRIVER_FUNCTION cuDevicePrimaryCtxRelease_v2(DeviceNumber) {
  const Result result = remove(&driver_state().contexts);
  if (driver_state().contexts == 0) end_lost_context();
  return result;
}
OCTAVO_DRIVER_FUNCTION cuCtxSetCurrent(Context) { return outcome("CtxSetCurrent", Result::kInvalidValue); }
OCTAVO_DRIVER_FUNCTION cuModuleLoadData(Module* module, const void*) {
  *module = reinterpret_cast<Module>(&driver_state().blocks);
  return create("ModuleLoadData", Result::kNoBinaryForGpu, &driver_state().modules);
}
OCTAVO_DRIVER_FUNCTION cuModuleUnload(Module) { return remove(&driver_state().modules); }
OCTAVO_DRIVER_FUNCTION cuModuleGetFunction(Function* function, Module, const char* name) {
  const auto* kernel = octavo::emulated::find_kernel(name);
  *function = reinterpret_cast<Function>(const_cast<octavo::emulated::Kernel*>(kernel));
  return kernel == nullptr ? Result::kNotFound : outcome("ModuleGetFunction", Result::kNotFound);
}
OCTAVO_DRIVER_FUNCTION cuFuncSetAttribute(Function, int, int) {
  return outcome("FuncSetAttribute", Result::kInvalidValue);
}
OCTAVO_DRIVER_FUNCTION cuLaunchKernelEx(const LaunchConfig* config, Function function, void** parameters, void**) {
  if (const Result result = outcome("LaunchKernelEx", Result::kLaunchFailed); result != Result::kSuccess) return result;
  octavo::emulated::Launch launch;
  launch.grid = {config->grid_x, config->grid_y, config->grid_z};
  launch.block = {config->block_x, config->block_y, config->block_z};
  launch.shared_bytes = config->shared_bytes;
  if (config->attribute_count > 0) launch.cluster = config->attributes[0].value.cluster[0];
  launch.capability = static_cast<unsigned>(emulated_capability());
  launch.late = setting("OCTAVO_EMULATED_LATE", 0) != 0;
  const auto& kernel = *reinterpret_cast<octavo::emulated::Kernel*>(function);
  DriverState& state = driver_state();
  const std::lock_guard lock(state.mutex);
  try {
    octavo::emulated::run(launch, [&] { kernel(parameters); });
    return Result::kSuccess;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "emulated GPU: %s\n", error.what());
    state.lost = true;
    return Result::kLaunchFailed;
  }
}
OCTAVO_DRIVER_FUNCTION cuStreamCreate(Stream* stream, unsigned) {
  *stream = reinterpret_cast<Stream>(&driver_state().used);
  return create("StreamCreate", Result::kOutOfMemory, &driver_state().streams);
}
OCTAVO_DRIVER_FUNCTION cuStreamDestroy_v2(Stream) { return remove(&driver_state().streams); }
OCTAVO_DRIVER_FUNCTION cuStreamSynchronize(Stream) { return outcome("StreamSynchronize", Result::kLaunchFailed); }
OCTAVO_DRIVER_FUNCTION cuEventCreate(Event* event, unsigned) {
  *event = reinterpret_cast<Event>(&driver_state().used);
  return create("EventCreate", Result::kOutOfMemory, &driver_state().events);
}
OCTAVO_DRIVER_FUNCTION cuEventDestroy_v2(Event) { return remove(&driver_state().events); }
OCTAVO_DRIVER_FUNCTION cuEventRecord(Event, Stream) { return outcome("EventRecord", Result::kLaunchFailed); }
OCTAVO_DRIVER_FUNCTION cuEventQuery(Event) { return outcome("EventQuery", Result::kLaunchFailed); }
OCTAVO_DRIVER_FUNCTION cuEventSynchronize(Event) { return outcome("EventSynchronize", Result::kLaunchFailed); }
OCTAVO_DRIVER_FUNCTION cuEventElapsedTime(float* milliseconds, Event, Event) {
  *milliseconds = 1;
  return Result::kSuccess;
}
OCTAVO_DRIVER_FUNCTION cuTensorMapEncodeTiled(TensorMap* map, int, uint32_t, void* data, const uint64_t* sizes,
                                              const uint64_t* strides, const uint32_t* box, const uint32_t*, int, int,
                                              int, int) {
  const octavo::device::TensorMap emulated{static_cast<uint8_t*>(data), sizes[1], sizes[0], strides[0],
                                           static_cast<int>(box[1])};
  static_assert(sizeof emulated <= sizeof *map);
  std::memcpy(map, &emulated, sizeof emulated);
  return outcome("TensorMapEncodeTiled", Result::kInvalidValue);
}
