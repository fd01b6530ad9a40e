// Scores of codes with the dot product: SDOT.
#include "kernels/score_codes/score_codes_lanes_neon.h"

namespace octavo {
namespace {

struct LanesDot : LanesNeon {
  using LanesNeon::LanesNeon;

  OCTAVO_INLINE Sum add_products(Sum sum, Levels levels, int8x16_t query) const {
    return vdotq_s32(sum, levels, query);
  }
};

}  // namespace

const ScoreCodesKernel kScoreCodesNeondot = {
    {score_codes<LanesDot, 1>, score_codes<LanesDot, 2>, score_codes<LanesDot, 3>, score_codes<LanesDot, 4>},
    score_codes<LanesDot, 8>};

}  // namespace octavo
