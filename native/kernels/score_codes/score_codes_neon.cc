// Scores of codes with NEON without the dot product: two products of 127 * 127 fit int16 before SADALP widens them.
#include "kernels/score_codes/score_codes_lanes_neon.h"

namespace octavo {
namespace {

struct LanesPairs : LanesNeon {
  using LanesNeon::LanesNeon;

  OCTAVO_INLINE Sum add_products(Sum sum, Levels levels, int8x16_t query) const {
    const int16x8_t low = vmull_s8(vget_low_s8(levels), vget_low_s8(query));
    return vpadalq_s16(sum, vmlal_high_s8(low, levels, query));
  }
};

}  // namespace

const ScoreCodesKernel kScoreCodesNeon = {
    {score_codes<LanesPairs, 1>, score_codes<LanesPairs, 2>, score_codes<LanesPairs, 3>, score_codes<LanesPairs, 4>},
    score_codes<LanesPairs, 8>};

}  // namespace octavo
