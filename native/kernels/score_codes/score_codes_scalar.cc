// The definition of scores of codes: plain loops over coordinates. Every other kernel gives these sums.
#include "kernels/score_codes/score_codes.h"

namespace octavo {
namespace {

/// The value at position j of a plane of `width` bits a value.
unsigned plane_value(const uint8_t* plane, size_t width, size_t j) {
  const size_t values = 8 / width;
  return plane[j / values] >> (j % values * width) & ((1u << width) - 1);
}

template <size_t kBits>
int32_t level_of(const ScoreCodesBlock& b, const uint8_t* row, size_t j) {
  if constexpr (kBits == 8)
    return static_cast<int8_t>(row[j]);
  else if constexpr (kBits == 3)
    return b.levels[plane_value(row, 2, j) | plane_value(row + first_plane_bytes(3, b.dim), 1, j) << 2];
  else
    return b.levels[plane_value(row, kBits, j)];
}

template <size_t kBits>
void score_codes_scalar(const ScoreCodesBlock& b) {
  const size_t query_bytes = arranged_query_bytes(kBits, b.dim);
  for (size_t r = 0; r < b.rows; ++r) {
    const uint8_t* row = b.codes + r * b.row_stride_bytes;
    for (size_t q = 0; q < b.query_count; ++q) {
      const int8_t* query = b.queries + q * query_bytes;
      int32_t sum = 0;
      for (size_t j = 0; j < b.dim; ++j) sum += level_of<kBits>(b, row, j) * query[arranged_position(kBits, j)];
      b.sums[q * b.sum_stride + r] = sum;
    }
  }
}

}  // namespace

const ScoreCodesKernel kScoreCodesScalar = {
    {score_codes_scalar<1>, score_codes_scalar<2>, score_codes_scalar<3>, score_codes_scalar<4>},
    score_codes_scalar<8>};

}  // namespace octavo
