// Inner products of quantized rows and int8 queries: rows of codes of 1 to 4 bits, whose levels a table in a register
// gives, or rows of int8.
//
// Definition    sum[q, r] = sum over j < dim of level[code[r, j]] * query[q, j], exact in int32; level[v] is v for rows
//               of int8.
// Types         levels and queries int8, all within -127 .. 127 (so that no product of a pair saturates int16); codes
//               unsigned. 127 * 127 * dim < 2^31 is the caller's duty.
// Rows          planes one after the other, each an LSB-first bit stream padded to whole bytes: one plane of 1, 2 or 4
//               bits, or for 3 bits one of the lower two bits and one of the highest. Rows are `row_stride_bytes`
//               apart, of any alignment. After the last row 64 bytes can be read, of any content.
// Queries       arranged as the codes lie: for each 64 bytes of the first plane, and each shift s of a value within its
//               byte, the 64 queries' values of the coordinates (8 / width) * byte + s; 0 beyond dim. 64-byte aligned,
//               arranged_query_bytes() apart.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

static constexpr size_t kScoreBlockBytes = 64, kScoreReadAhead = 64;

/// Values of the first plane in a byte: bits is 1 .. 4, or 8 for rows of int8.
static constexpr size_t first_plane_values(size_t bits) { return bits == 3 ? 4 : 8 / bits; }

static constexpr size_t first_plane_bytes(size_t bits, size_t dim) {
  const size_t values = first_plane_values(bits);
  return dim / values + (dim % values != 0 ? 1 : 0);
}

static constexpr size_t arranged_query_bytes(size_t bits, size_t dim) {
  const size_t plane = first_plane_bytes(bits, dim);
  return (plane + kScoreBlockBytes - 1) / kScoreBlockBytes * kScoreBlockBytes * first_plane_values(bits);
}

/// Where coordinate j's value is in an arranged query.
static constexpr size_t arranged_position(size_t bits, size_t j) {
  const size_t values = first_plane_values(bits), byte = j / values, shift = j % values;
  return (byte / kScoreBlockBytes * values + shift) * kScoreBlockBytes + byte % kScoreBlockBytes;
}

struct ScoreCodesBlock {
  const uint8_t* codes;
  size_t row_stride_bytes, rows, dim;
  const int8_t* levels;  // 16 of them; those beyond 2^bits are 0
  const int8_t* queries;
  size_t query_count;
  const int32_t* query_sums;  // of each query's values
  int32_t* sums;              // [query_count][rows], rows of them sum_stride apart
  size_t sum_stride;
};

struct ScoreCodesKernel {
  void (*codes[4])(const ScoreCodesBlock& block);  // by bits - 1
  void (*int8)(const ScoreCodesBlock& block);      // levels are not read
};

extern const ScoreCodesKernel kScoreCodesScalar, kScoreCodesAvx2, kScoreCodesAvxvnni, kScoreCodesAvx512vnni,
    kScoreCodesNeon, kScoreCodesNeondot;

}  // namespace octavo
