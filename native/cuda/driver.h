// NVIDIA's driver library, opened at run time: nothing is linked, and a machine without it has a reason, not an error.
#pragma once

#include <cuda.h>

#include <string>

#include "core/status.h"

namespace octavo::cuda {

/// The functions in use, under the names of the driver API's reference without "cu". Those of the second list are taken
/// in their first form, whose successors only new drivers have; those of the third may be missing.
#define OCTAVO_DRIVER_FUNCTIONS(X)                                                                                \
  X(Init) X(DriverGetVersion) X(GetErrorName) X(GetErrorString) X(DeviceGetCount) X(DeviceGet) X(DeviceGetName)   \
  X(DeviceGetAttribute) X(DeviceTotalMem) X(DevicePrimaryCtxRetain) X(DevicePrimaryCtxRelease) X(CtxSetCurrent)   \
  X(MemGetInfo) X(ModuleLoadData) X(ModuleUnload) X(ModuleGetFunction) X(FuncSetAttribute) X(LaunchKernelEx)      \
  X(StreamCreate) X(StreamDestroy) X(StreamSynchronize) X(EventCreate) X(EventDestroy) X(EventRecord)             \
  X(EventSynchronize) X(MemAllocAsync) X(MemFreeAsync) X(MemHostAlloc) X(MemFreeHost) X(MemcpyHtoDAsync)          \
  X(MemcpyDtoHAsync) X(MemsetD8Async) X(DeviceGetDefaultMemPool) X(MemPoolSetAttribute)
#define OCTAVO_DRIVER_FIRST_FORMS(X) X(DeviceGetUuid) X(EventElapsedTime)
#define OCTAVO_DRIVER_OPTIONAL(X) X(TensorMapEncodeTiled)

struct Driver {
#define OCTAVO_POINTER(name) decltype(&::cu##name) name = nullptr;
  OCTAVO_DRIVER_FUNCTIONS(OCTAVO_POINTER)
  OCTAVO_DRIVER_FIRST_FORMS(OCTAVO_POINTER)
  OCTAVO_DRIVER_OPTIONAL(OCTAVO_POINTER)
#undef OCTAVO_POINTER
};

/// The driver, initialized; null where there is none, and then why. The same answer for the life of the process.
const Driver* driver(std::string* why_not);

/// kOk, or what a driver's result means: out of memory, a lost device, anything else; `doing` is what was tried.
Status status_of(CUresult result, const char* doing);

}  // namespace octavo::cuda
