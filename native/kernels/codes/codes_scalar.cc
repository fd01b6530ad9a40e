// The definition of encoding and decoding.
#include "kernels/codes/codes_scalar.h"

namespace octavo {
namespace {

CodeSums encode(const float* y, size_t dim, const Codebook& book, uint8_t* codes) {
  LaneSum square_sum;
  add_squares(y, 0, dim, square_sum);
  const float norm = std::sqrt(square_sum.total());
  clear_codes(book.bits, dim, codes);
  CodeLanes sums;
  encode_from(0, {y, dim, book, to_unit_variance(norm, dim), codes}, sums);
  return sums.total(norm);
}

void decode(const uint8_t* codes, size_t dim, const Codebook& book, float* levels) {
  for (size_t i = 0; i < dim; ++i) levels[i] = book.levels[get_code(codes, i, dim, book.bits)];
}

}  // namespace

const CodesKernel kCodesScalar = {encode, decode};

}  // namespace octavo
