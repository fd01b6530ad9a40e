#include "cuda/gemm_i8_plan.h"

#include <algorithm>
#include <climits>

namespace octavo::cuda {
namespace {

// Cycles, from what a multiprocessor of compute capability 9.0 can do at most in one: 2048 multiply-adds with
// warp-level products and 4096 with those of warp groups, 28 bytes from the second-level cache. Others have other
// numbers, but much the same ratios.
//   small   a step brings 8 KiB: 290 cycles, more than its 128 of products
//   large   a step brings 16 KiB: 585 cycles, more than its 512 of products
//   wgmma   a step of 128 brings 32 KiB and, from the other block, 16: 1,170 cycles, and 1,024 of products
// A tile costs besides: its first bytes' way from memory (about 1,000), its sums' way to C (32 values a cycle at best,
// half of that in practice), and where several blocks share it, that of 8 words a cycle to memory and of the last
// block's from there. A block is worth while from four steps on.
constexpr GemmI8Tiling kTilings[] = {
    {GemmI8Path::kSmall, "small", "gemm_i8_s8_small", "gemm_i8_u8_small", 64, 64, 64, 64, 1, 32 << 10, 290, 1300, 1500,
     16},
    {GemmI8Path::kLarge, "large", "gemm_i8_s8_large", "gemm_i8_u8_large", 128, 128, 64, 256, 1, 64 << 10, 585, 2000,
     4000, 16},
    {GemmI8Path::kWgmma, "wgmma", "gemm_i8_s8_wgmma", "gemm_i8_u8_wgmma", 256, 256, 128, 384, 2,
     4 * (48 << 10) + (16 << 10) + 2 * 3584 + 128, 1170, 3500, 0, 1},
    {GemmI8Path::kFew, "few", "gemm_i8_s8_few", "gemm_i8_u8_few", 16, 128, 64, 256, 1, 64 << 10, 0, 0, 0, 0},
};
constexpr size_t kLeastSteps = 4;
constexpr size_t kFewBlocks = 2, kFewLeastPieces = 8;  // on a multiprocessor; of a block, so that each warp has two

constexpr size_t ceil_div(size_t count, size_t by) { return (count + by - 1) / by; }

bool takes(const DeviceInfo& info, const GemmI8Tiling& tiling, size_t m, size_t n, size_t k) {
  if (tiling.path == GemmI8Path::kFew) return m <= tiling.rows;
  if (tiling.path != GemmI8Path::kWgmma) return true;
  return info.major == 9 && info.minor == 0 && k > 0 && m <= INT_MAX && n <= INT_MAX && k <= INT_MAX;
}

/// Every block an equal run of pieces, as many blocks as fit the GPU at once.
GemmI8Plan plan_few(const DeviceInfo& info, const GemmI8Tiling& tiling, size_t n, size_t k) {
  const size_t groups = ceil_div(n, tiling.columns), pieces = std::max<size_t>(ceil_div(k, tiling.depth), 1);
  const size_t resident = std::clamp<size_t>(info.shared_bytes / (tiling.shared_bytes + 1024), 1, kFewBlocks);
  const size_t most = static_cast<size_t>(std::max(info.multiprocessors, 1)) * resident;
  const size_t blocks = std::min(most, std::max(groups, groups * pieces / kFewLeastPieces));
  const bool whole = groups * pieces % blocks == 0 && groups * pieces / blocks % pieces == 0;
  return {&tiling, groups, blocks, 1, !whole};
}

/// How many tiles are computed at once.
size_t at_once(const DeviceInfo& info, const GemmI8Tiling& tiling) {
  return std::max<size_t>(static_cast<size_t>(std::max(info.multiprocessors, 1)) / tiling.cluster, 1);
}

/// The cost of a product in cycles, for tiles that each of `splits` blocks has a part of.
size_t cost_of(const DeviceInfo& info, const GemmI8Tiling& tiling, const GemmI8Plan& plan, size_t steps) {
  const size_t rounds = ceil_div(plan.tiles * plan.splits, at_once(info, tiling));
  const size_t merge = plan.splits > 1 ? tiling.merge_cycles : 0;
  return rounds * (ceil_div(steps, plan.splits) * tiling.step_cycles + tiling.tile_cycles + merge);
}

}  // namespace

std::span<const GemmI8Tiling> gemm_i8_tilings() { return kTilings; }

GemmI8Plan plan_gemm_i8(const DeviceInfo& info, size_t m, size_t n, size_t k, GemmI8Path path) {
  GemmI8Plan best;
  size_t least = SIZE_MAX;
  for (const GemmI8Tiling& tiling : kTilings) {
    const bool wanted = path == GemmI8Path::kOwn || path == tiling.path;
    if (!wanted || !takes(info, tiling, m, n, k)) continue;
    if (tiling.path == GemmI8Path::kFew) return plan_few(info, tiling, n, k);
    const size_t tiles = ceil_div(m, tiling.rows) * ceil_div(n, tiling.columns), steps = ceil_div(k, tiling.depth);
    for (unsigned splits = 1; splits <= tiling.most_splits; ++splits) {
      if (splits > 1 && steps / splits < kLeastSteps) break;
      // Clusters stay and take tile after tile; other blocks have one each.
      const size_t blocks = tiling.cluster > 1 ? std::min(tiles, at_once(info, tiling)) * tiling.cluster : tiles;
      const GemmI8Plan plan{&tiling, tiles, blocks, splits, splits > 1};
      const size_t cost = cost_of(info, tiling, plan, steps);
      if (cost < least) {
        least = cost;
        best = plan;
      }
    }
  }
  return best;
}

}  // namespace octavo::cuda
