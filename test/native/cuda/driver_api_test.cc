// native/cuda/driver_api.h against NVIDIA's own cuda.h, where a toolkit is installed: every constant, the layout of
// every struct, the parameters of every function. All of it is checked when this file is compiled.
#include "cuda/driver_api.h"

#include <cuda.h>

#include <type_traits>

#include <doctest/doctest.h>

namespace {

using namespace octavo::cuda;

#define SAME(own, theirs) static_assert(static_cast<long long>(own) == static_cast<long long>(theirs))

SAME(Result::kSuccess, CUDA_SUCCESS);
SAME(Result::kInvalidValue, CUDA_ERROR_INVALID_VALUE);
SAME(Result::kOutOfMemory, CUDA_ERROR_OUT_OF_MEMORY);
SAME(Result::kDeinitialized, CUDA_ERROR_DEINITIALIZED);
SAME(Result::kDeviceUnavailable, CUDA_ERROR_DEVICE_UNAVAILABLE);
SAME(Result::kNoDevice, CUDA_ERROR_NO_DEVICE);
SAME(Result::kNoBinaryForGpu, CUDA_ERROR_NO_BINARY_FOR_GPU);
SAME(Result::kEccUncorrectable, CUDA_ERROR_ECC_UNCORRECTABLE);
SAME(Result::kNvlinkUncorrectable, CUDA_ERROR_NVLINK_UNCORRECTABLE);
SAME(Result::kNotFound, CUDA_ERROR_NOT_FOUND);
SAME(Result::kNotReady, CUDA_ERROR_NOT_READY);
SAME(Result::kIllegalAddress, CUDA_ERROR_ILLEGAL_ADDRESS);
SAME(Result::kLaunchTimeout, CUDA_ERROR_LAUNCH_TIMEOUT);
SAME(Result::kContextDestroyed, CUDA_ERROR_CONTEXT_IS_DESTROYED);
SAME(Result::kAssert, CUDA_ERROR_ASSERT);
SAME(Result::kHardwareStackError, CUDA_ERROR_HARDWARE_STACK_ERROR);
SAME(Result::kIllegalInstruction, CUDA_ERROR_ILLEGAL_INSTRUCTION);
SAME(Result::kMisalignedAddress, CUDA_ERROR_MISALIGNED_ADDRESS);
SAME(Result::kInvalidAddressSpace, CUDA_ERROR_INVALID_ADDRESS_SPACE);
SAME(Result::kInvalidPc, CUDA_ERROR_INVALID_PC);
SAME(Result::kLaunchFailed, CUDA_ERROR_LAUNCH_FAILED);

SAME(Attribute::kMultiprocessorCount, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
SAME(Attribute::kL2CacheSize, CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE);
SAME(Attribute::kComputeCapabilityMajor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
SAME(Attribute::kComputeCapabilityMinor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
SAME(Attribute::kSharedMemoryPerBlock, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);

SAME(kClusterDimension, CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION);
SAME(kMostDynamicShared, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
SAME(kReleaseThreshold, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD);
SAME(kReservedBytes, CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT);
SAME(kUsedBytes, CU_MEMPOOL_ATTR_USED_MEM_CURRENT);
SAME(kNonBlockingStream, CU_STREAM_NON_BLOCKING);
SAME(kTimedEvent, CU_EVENT_DEFAULT);
SAME(kWaitingEvent, CU_EVENT_BLOCKING_SYNC | CU_EVENT_DISABLE_TIMING);
SAME(kPortableHostMemory, CU_MEMHOSTALLOC_PORTABLE);
SAME(kMapUint8, CU_TENSOR_MAP_DATA_TYPE_UINT8);
SAME(kNoInterleave, CU_TENSOR_MAP_INTERLEAVE_NONE);
SAME(kSwizzle128, CU_TENSOR_MAP_SWIZZLE_128B);
SAME(kPromote128, CU_TENSOR_MAP_L2_PROMOTION_L2_128B);
SAME(kZerosOutside, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);

#define SAME_MEMBER(own, member, theirs, their_member)         \
  SAME(offsetof(own, member), offsetof(theirs, their_member)); \
  SAME(sizeof(own::member), sizeof(theirs::their_member))

SAME(sizeof(Uuid), sizeof(CUuuid));
SAME(sizeof(TensorMap), sizeof(CUtensorMap));
SAME(alignof(TensorMap), alignof(CUtensorMap));
SAME(sizeof(LaunchAttribute), sizeof(CUlaunchAttribute));
SAME(alignof(LaunchAttribute), alignof(CUlaunchAttribute));
SAME_MEMBER(LaunchAttribute, id, CUlaunchAttribute, id);
SAME_MEMBER(LaunchAttribute, value, CUlaunchAttribute, value);
SAME(offsetof(CUlaunchAttributeValue, clusterDim.x), 0);
SAME(offsetof(CUlaunchAttributeValue, clusterDim.z), 2 * sizeof(unsigned));
SAME(sizeof(LaunchConfig), sizeof(CUlaunchConfig));
SAME_MEMBER(LaunchConfig, grid_x, CUlaunchConfig, gridDimX);
SAME_MEMBER(LaunchConfig, grid_y, CUlaunchConfig, gridDimY);
SAME_MEMBER(LaunchConfig, grid_z, CUlaunchConfig, gridDimZ);
SAME_MEMBER(LaunchConfig, block_x, CUlaunchConfig, blockDimX);
SAME_MEMBER(LaunchConfig, block_y, CUlaunchConfig, blockDimY);
SAME_MEMBER(LaunchConfig, block_z, CUlaunchConfig, blockDimZ);
SAME_MEMBER(LaunchConfig, shared_bytes, CUlaunchConfig, sharedMemBytes);
SAME_MEMBER(LaunchConfig, stream, CUlaunchConfig, hStream);
SAME_MEMBER(LaunchConfig, attributes, CUlaunchConfig, attrs);
SAME_MEMBER(LaunchConfig, attribute_count, CUlaunchConfig, numAttrs);

/// A type's name in cuda.h.
template <typename T>
struct Theirs {
  using Type = T;
};
#define NAMED(own, theirs) \
  template <>              \
  struct Theirs<own> {     \
    using Type = theirs;   \
  };
NAMED(Result, CUresult)
NAMED(Attribute, CUdevice_attribute)
NAMED(Uuid, CUuuid)
NAMED(Context, CUcontext)
NAMED(Module, CUmodule)
NAMED(Function, CUfunction)
NAMED(Stream, CUstream)
NAMED(Event, CUevent)
NAMED(MemoryPool, CUmemoryPool)
NAMED(LaunchConfig, CUlaunchConfig)
NAMED(TensorMap, CUtensorMap)

/// The same type, but for an int that is one of several enumerations there.
template <typename Own, typename T>
constexpr bool kSameType =
    std::is_same_v<typename Theirs<Own>::Type, T> || (std::is_same_v<Own, int> && std::is_enum_v<T>);
template <typename Own, typename T>
constexpr bool kSameType<const Own, const T> = kSameType<Own, T>;
template <typename Own, typename T>
  requires(!std::is_same_v<Own, ContextObject> && !std::is_same_v<Own, ModuleObject> &&
           !std::is_same_v<Own, FunctionObject> && !std::is_same_v<Own, StreamObject> &&
           !std::is_same_v<Own, EventObject> && !std::is_same_v<Own, MemoryPoolObject>)
constexpr bool kSameType<Own*, T*> = kSameType<Own, T>;

template <typename Own, typename T>
constexpr bool kSameFunction = false;
template <typename... Own, typename... T>
constexpr bool kSameFunction<Result(OCTAVO_DRIVER_CALL*)(Own...), CUresult(CUDAAPI*)(T...)> =
    (kSameType<Own, T> && ...);

#define SAME_FUNCTION(name, symbol, parameters) \
  static_assert(kSameFunction<decltype(Driver::name), decltype(&::symbol)>, #symbol);
OCTAVO_DRIVER_FUNCTIONS(SAME_FUNCTION)
OCTAVO_DRIVER_OPTIONAL(SAME_FUNCTION)

}  // namespace

TEST_CASE("the driver's declarations are those of cuda.h") {
  MESSAGE("held against CUDA ", CUDA_VERSION / 1000, ".", CUDA_VERSION % 1000 / 10);
}
