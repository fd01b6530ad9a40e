// The part of NVIDIA's driver API in use, declared here so that the backend is built, and tested, where no toolkit is
// (CUDA Driver API reference; test/native/cuda/driver_api_test.cc holds it against cuda.h where there is one).
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef _WIN32
#define OCTAVO_DRIVER_CALL __stdcall
#else
#define OCTAVO_DRIVER_CALL
#endif

namespace octavo::cuda {

enum class Result : int {
  kSuccess = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kDeinitialized = 4,
  kDeviceUnavailable = 46,
  kNoDevice = 100,
  kNoBinaryForGpu = 209,
  kEccUncorrectable = 214,
  kNvlinkUncorrectable = 220,
  kNotFound = 500,
  kNotReady = 600,
  kIllegalAddress = 700,
  kLaunchTimeout = 702,
  kContextDestroyed = 709,
  kAssert = 710,
  kHardwareStackError = 714,
  kIllegalInstruction = 715,
  kMisalignedAddress = 716,
  kInvalidAddressSpace = 717,
  kInvalidPc = 718,
  kLaunchFailed = 719
};

enum class Attribute : int {
  kMultiprocessorCount = 16,
  kL2CacheSize = 38,
  kComputeCapabilityMajor = 75,
  kComputeCapabilityMinor = 76,
  kSharedMemoryPerBlock = 97  // that a kernel may ask for
};

using DeviceNumber = int;
using DeviceAddress = unsigned long long;
using Context = struct ContextObject*;
using Module = struct ModuleObject*;
using Function = struct FunctionObject*;
using Stream = struct StreamObject*;
using Event = struct EventObject*;
using MemoryPool = struct MemoryPoolObject*;

struct Uuid {
  char bytes[16];
};

/// One attribute of a launch; the only one in use is the number of blocks in a cluster.
struct alignas(8) LaunchAttribute {
  int id;
  char padding[4];
  union {
    unsigned cluster[3];
    char room[64];
  } value;
};

struct LaunchConfig {
  unsigned grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_bytes;
  Stream stream;
  LaunchAttribute* attributes;
  unsigned attribute_count;
};

/// How the bulk tensor copy sees a matrix.
struct alignas(128) TensorMap {
  uint64_t opaque[16];
};

inline constexpr int kClusterDimension = 4;         // LaunchAttribute::id
inline constexpr int kMostDynamicShared = 8;        // FuncSetAttribute
inline constexpr int kReleaseThreshold = 4;         // MemPoolSetAttribute
inline constexpr int kReservedBytes = 5;            // MemPoolGetAttribute
inline constexpr int kUsedBytes = 7;                // MemPoolGetAttribute
inline constexpr unsigned kNonBlockingStream = 1;   // StreamCreate
inline constexpr unsigned kTimedEvent = 0;          // EventCreate
inline constexpr unsigned kWaitingEvent = 1 | 2;    // EventCreate: a waiting thread sleeps, and no time is taken
inline constexpr unsigned kPortableHostMemory = 1;  // MemHostAlloc: pinned for all contexts
inline constexpr int kMapUint8 = 0, kNoInterleave = 0, kSwizzle128 = 3, kPromote128 = 2, kZerosOutside = 0;

/// X(name, symbol, parameters): functions that every supported driver has. They return a Result.
#define OCTAVO_DRIVER_FUNCTIONS(X)                                                                              \
  X(init, cuInit, (unsigned flags))                                                                             \
  X(version, cuDriverGetVersion, (int* version))                                                                \
  X(error_name, cuGetErrorName, (Result error, const char** name))                                              \
  X(error_text, cuGetErrorString, (Result error, const char** text))                                            \
  X(device_count, cuDeviceGetCount, (int* count))                                                               \
  X(device, cuDeviceGet, (DeviceNumber * device, int ordinal))                                                  \
  X(device_name, cuDeviceGetName, (char* name, int length, DeviceNumber device))                                \
  X(device_uuid, cuDeviceGetUuid_v2, (Uuid * uuid, DeviceNumber device))                                        \
  X(device_attribute, cuDeviceGetAttribute, (int* value, Attribute which, DeviceNumber device))                 \
  X(device_memory, cuDeviceTotalMem_v2, (size_t* bytes, DeviceNumber device))                                   \
  X(retain_context, cuDevicePrimaryCtxRetain, (Context * context, DeviceNumber device))                         \
  X(release_context, cuDevicePrimaryCtxRelease_v2, (DeviceNumber device))                                       \
  X(set_context, cuCtxSetCurrent, (Context context))                                                            \
  X(free_memory, cuMemGetInfo_v2, (size_t* free, size_t* total))                                                \
  X(load_module, cuModuleLoadData, (Module * module, const void* image))                                        \
  X(unload_module, cuModuleUnload, (Module module))                                                             \
  X(find_function, cuModuleGetFunction, (Function * function, Module module, const char* name))                 \
  X(set_function_attribute, cuFuncSetAttribute, (Function function, int attribute, int value))                  \
  X(launch, cuLaunchKernelEx, (const LaunchConfig* config, Function function, void** parameters, void** extra)) \
  X(create_stream, cuStreamCreate, (Stream * stream, unsigned flags))                                           \
  X(destroy_stream, cuStreamDestroy_v2, (Stream stream))                                                        \
  X(wait_for_stream, cuStreamSynchronize, (Stream stream))                                                      \
  X(create_event, cuEventCreate, (Event * event, unsigned flags))                                               \
  X(destroy_event, cuEventDestroy_v2, (Event event))                                                            \
  X(record_event, cuEventRecord, (Event event, Stream stream))                                                  \
  X(query_event, cuEventQuery, (Event event))                                                                   \
  X(wait_for_event, cuEventSynchronize, (Event event))                                                          \
  X(event_milliseconds, cuEventElapsedTime, (float* milliseconds, Event start, Event end))                      \
  X(allocate, cuMemAllocAsync, (DeviceAddress * data, size_t bytes, Stream stream))                             \
  X(free, cuMemFreeAsync, (DeviceAddress data, Stream stream))                                                  \
  X(allocate_host, cuMemHostAlloc, (void** data, size_t bytes, unsigned flags))                                 \
  X(free_host, cuMemFreeHost, (void* data))                                                                     \
  X(copy_to_device, cuMemcpyHtoDAsync_v2, (DeviceAddress to, const void* from, size_t bytes, Stream stream))    \
  X(copy_to_host, cuMemcpyDtoHAsync_v2, (void* to, DeviceAddress from, size_t bytes, Stream stream))            \
  X(copy_on_device, cuMemcpyDtoDAsync_v2, (DeviceAddress to, DeviceAddress from, size_t bytes, Stream stream))  \
  X(fill, cuMemsetD8Async, (DeviceAddress data, unsigned char value, size_t bytes, Stream stream))              \
  X(default_pool, cuDeviceGetDefaultMemPool, (MemoryPool * pool, DeviceNumber device))                          \
  X(set_pool_attribute, cuMemPoolSetAttribute, (MemoryPool pool, int attribute, void* value))                   \
  X(pool_attribute, cuMemPoolGetAttribute, (MemoryPool pool, int attribute, void* value))                       \
  X(trim_pool, cuMemPoolTrimTo, (MemoryPool pool, size_t bytes_to_keep))

/// Functions that may be missing, and then are null: what needs them is not used.
#define OCTAVO_DRIVER_OPTIONAL(X)                                                                          \
  X(describe_tensor, cuTensorMapEncodeTiled,                                                               \
    (TensorMap * map, int type, uint32_t rank, void* data, const uint64_t* sizes, const uint64_t* strides, \
     const uint32_t* box, const uint32_t* steps, int interleave, int swizzle, int promotion, int outside))

struct Driver {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a declaration
#define OCTAVO_POINTER(name, symbol, parameters) Result(OCTAVO_DRIVER_CALL* name) parameters = nullptr;
  OCTAVO_DRIVER_FUNCTIONS(OCTAVO_POINTER)
  OCTAVO_DRIVER_OPTIONAL(OCTAVO_POINTER)
#undef OCTAVO_POINTER
};

}  // namespace octavo::cuda
