// int8 GEMM for every GPU from compute capability 7.5 on.
#include "cuda/device/gemm_i8_few.h"
#include "cuda/device/gemm_i8_mma.h"

namespace octavo::device {

using LargeTile = MmaTile<128, 128, 4>;
using SmallTile = MmaTile<64, 64, 4>;

// How many blocks share a multiprocessor, and its registers: one where its shared memory holds no more.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
constexpr int kLargeBlocks = 1, kFewBlocks = 1;
#elif defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1200
constexpr int kLargeBlocks = 2, kFewBlocks = 1;
#else
constexpr int kLargeBlocks = 2, kFewBlocks = 2;
#endif

#define OCTAVO_GEMM_I8(name, threads, blocks, compute)                          \
  OCTAVO_RESIDENT_KERNEL(name, threads, blocks)                                 \
  (const GemmI8Operands o, const GemmI8Result result, const MergeSpace space) { \
    OCTAVO_SHARED(shared);                                                      \
    compute(o, result, space, shared);                                          \
  }                                                                             \
  OCTAVO_REGISTER(name)

OCTAVO_GEMM_I8(gemm_i8_s8_large, LargeTile::kThreads, kLargeBlocks, (gemm_i8_mma<LargeTile, true>))
OCTAVO_GEMM_I8(gemm_i8_u8_large, LargeTile::kThreads, kLargeBlocks, (gemm_i8_mma<LargeTile, false>))
OCTAVO_GEMM_I8(gemm_i8_s8_small, SmallTile::kThreads, 6, (gemm_i8_mma<SmallTile, true>))
OCTAVO_GEMM_I8(gemm_i8_u8_small, SmallTile::kThreads, 6, (gemm_i8_mma<SmallTile, false>))
OCTAVO_GEMM_I8(gemm_i8_s8_few, FewRowsTile::kThreads, kFewBlocks, gemm_i8_few<true>)
OCTAVO_GEMM_I8(gemm_i8_u8_few, FewRowsTile::kThreads, kFewBlocks, gemm_i8_few<false>)

}  // namespace octavo::device
