// int8 GEMM for every GPU from compute capability 7.5 on.
#include "cuda/device/epilogue.h"
#include "cuda/device/gemm_i8_few.h"
#include "cuda/device/gemm_i8_mma.h"

namespace octavo::device {

using LargeTile = MmaTile<128, 128, 4>;
using SmallTile = MmaTile<64, 64, 4>;

/// One tile of C a block: blockIdx.x counts columns of tiles, blockIdx.y rows.
template <typename Tile, bool kSigned>
OCTAVO_DEVICE void compute_tile(const GemmI8Operands& o, const GemmI8Result& result, uint8_t* shared) {
  gemm_i8_mma<Tile, kSigned>(o, size_t{blockIdx.y} * Tile::kRows, size_t{blockIdx.x} * Tile::kColumns, shared,
                             GemmI8Store(result, o.m, o.n));
}

#define OCTAVO_GEMM_I8(name, Tile, is_signed)                                        \
  OCTAVO_KERNEL(name, Tile::kThreads)(GemmI8Operands o, const GemmI8Result result) { \
    OCTAVO_SHARED(shared);                                                           \
    compute_tile<Tile, is_signed>(o, result, shared);                                \
  }                                                                                  \
  OCTAVO_REGISTER(name)

OCTAVO_GEMM_I8(gemm_i8_s8_large, LargeTile, true)
OCTAVO_GEMM_I8(gemm_i8_u8_large, LargeTile, false)
OCTAVO_GEMM_I8(gemm_i8_s8_small, SmallTile, true)
OCTAVO_GEMM_I8(gemm_i8_u8_small, SmallTile, false)

#define OCTAVO_GEMM_I8_FEW(name, is_signed)                                                                   \
  OCTAVO_KERNEL(name, FewRowsTile::kThreads)(GemmI8Operands o, const GemmI8Result result) {                   \
    OCTAVO_SHARED(shared);                                                                                    \
    gemm_i8_few<is_signed>(o, size_t{blockIdx.x} * FewRowsTile::kColumns, reinterpret_cast<int32_t*>(shared), \
                           GemmI8Store(result, o.m, o.n));                                                    \
  }                                                                                                           \
  OCTAVO_REGISTER(name)

OCTAVO_GEMM_I8_FEW(gemm_i8_s8_few, true)
OCTAVO_GEMM_I8_FEW(gemm_i8_u8_few, false)

}  // namespace octavo::device
