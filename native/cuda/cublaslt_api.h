// The part of cuBLASLt in use, declared here so that the backend is built, and tested, where no toolkit is (NVIDIA,
// cuBLAS library documentation, "Using the cuBLASLt API"; values as in the public bindings of it, nvmath-python and
// cudarc among them: they are the same in versions 12 and 13).
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/driver_api.h"

namespace octavo::cuda {

enum class BlasResult : int {
  kSuccess = 0,
  kNotInitialized = 1,
  kAllocationFailed = 3,
  kInvalidValue = 7,
  kArchitectureMismatch = 8,
  kExecutionFailed = 13,
  kInternalError = 14,
  kNotSupported = 15
};

// cudaDataType_t, cublasComputeType_t, cublasOperation_t
inline constexpr int kBlasInt8 = 3, kBlasInt32 = 10, kBlasComputeInt32 = 72, kBlasTransposed = 1;
// cublasLtMatmulDescAttributes_t; of int32_t
inline constexpr int kBlasTransposeA = 3;
// cublasLtMatmulPreferenceAttributes_t; the first of uint64_t, those of alignments of uint32_t, in bytes
inline constexpr int kBlasMostWorkspace = 1, kBlasAlignmentA = 5, kBlasAlignmentB = 6, kBlasAlignmentC = 7,
                     kBlasAlignmentD = 8;

using BlasHandle = struct BlasHandleObject*;
using BlasProduct = struct BlasProductObject*;        // cublasLtMatmulDesc_t
using BlasLayout = struct BlasLayoutObject*;          // cublasLtMatrixLayout_t
using BlasPreference = struct BlasPreferenceObject*;  // cublasLtMatmulPreference_t

/// cublasLtMatmulAlgo_t
struct BlasAlgorithm {
  uint64_t opaque[8];
};

/// cublasLtMatmulHeuristicResult_t
struct BlasChoice {
  BlasAlgorithm algorithm;
  size_t workspace_bytes;
  BlasResult state;
  float waves;
  int reserved[4];
};
static_assert(sizeof(BlasChoice) == 96);

/// X(name, symbol, parameters): functions that return a BlasResult. Matrices are column-major, columns `leading`
/// elements apart; a product is D = alpha op(A) op(B) + beta C.
#define OCTAVO_CUBLASLT_FUNCTIONS(X)                                                                                \
  X(create, cublasLtCreate, (BlasHandle * handle))                                                                  \
  X(destroy, cublasLtDestroy, (BlasHandle handle))                                                                  \
  X(create_product, cublasLtMatmulDescCreate, (BlasProduct * product, int compute_type, int scale_type))            \
  X(destroy_product, cublasLtMatmulDescDestroy, (BlasProduct product))                                              \
  X(set_product, cublasLtMatmulDescSetAttribute, (BlasProduct product, int which, const void* value, size_t bytes)) \
  X(create_layout, cublasLtMatrixLayoutCreate,                                                                      \
    (BlasLayout * layout, int type, uint64_t rows, uint64_t columns, int64_t leading))                              \
  X(destroy_layout, cublasLtMatrixLayoutDestroy, (BlasLayout layout))                                               \
  X(create_preference, cublasLtMatmulPreferenceCreate, (BlasPreference * preference))                               \
  X(destroy_preference, cublasLtMatmulPreferenceDestroy, (BlasPreference preference))                               \
  X(set_preference, cublasLtMatmulPreferenceSetAttribute,                                                           \
    (BlasPreference preference, int which, const void* value, size_t bytes))                                        \
  X(find_algorithms, cublasLtMatmulAlgoGetHeuristic,                                                                \
    (BlasHandle handle, BlasProduct product, BlasLayout a, BlasLayout b, BlasLayout c, BlasLayout d,                \
     BlasPreference preference, int most, BlasChoice* choices, int* count))                                         \
  X(multiply, cublasLtMatmul,                                                                                       \
    (BlasHandle handle, BlasProduct product, const void* alpha, const void* a, BlasLayout a_layout, const void* b,  \
     BlasLayout b_layout, const void* beta, const void* c, BlasLayout c_layout, void* d, BlasLayout d_layout,       \
     const BlasAlgorithm* algorithm, void* workspace, size_t workspace_bytes, Stream stream))

struct CublasLtFunctions {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a declaration
#define OCTAVO_POINTER(name, symbol, parameters) BlasResult(OCTAVO_DRIVER_CALL* name) parameters = nullptr;
  OCTAVO_CUBLASLT_FUNCTIONS(OCTAVO_POINTER)
#undef OCTAVO_POINTER
  size_t(OCTAVO_DRIVER_CALL* version)() = nullptr;  // cublasLtGetVersion: 130002 is 13.0.2
};

}  // namespace octavo::cuda
