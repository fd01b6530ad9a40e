// What a vector index keeps of each vector, and where: the arrays of a segment in memory and the sections of a file lie
// in the same way.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "ops/turbo_encode.h"

namespace octavo {

enum class IndexMetric : uint8_t { kInnerProduct, kCosine, kSquaredDistance };
/// How vectors are searched: TurboQuant codes, int8 with a scale of each row, or as they are.
enum class IndexRows : uint8_t { kCodes, kInt8, kFloat32 };
/// What is kept beside them, for exact scores.
enum class KeptRows : uint8_t { kNone, kFloat32, kFloat16, kInt8 };

struct IndexSpec {
  size_t dim = 0;
  IndexRows rows = IndexRows::kCodes;
  size_t bits = 4;  // of codes
  IndexMetric metric = IndexMetric::kInnerProduct;
  TurboScale scale = TurboScale::kUnbiased;
  KeptRows kept = KeptRows::kNone;
  uint64_t seed = 0;
};

/// Arrays of a segment, in their order.
enum class IndexArray { kRows, kScales, kSquares, kIds, kKept, kKeptScales };
constexpr size_t kIndexArrays = 6;

size_t index_row_bytes(const IndexSpec& spec);
/// 0 where nothing is kept.
size_t kept_row_bytes(const IndexSpec& spec);

struct IndexPlaces {
  size_t offset[kIndexArrays], bytes[kIndexArrays];  // multiples of 64 from the beginning; 0 bytes where absent
  size_t total_bytes;                                // SIZE_MAX where it does not fit
};

/// The arrays of `rows` vectors one after the other from byte `start`, a multiple of 64, on. 64 readable bytes belong
/// to the rows' array.
IndexPlaces place_arrays(const IndexSpec& spec, size_t rows, bool has_ids, size_t start);

/// kRange unless dim, bits and the enumerations are ones that there are.
Status check_spec(const IndexSpec& spec);

}  // namespace octavo
