// Vectors into the arrays of a segment, and out of them.
#pragma once

#include "ops/vector_index.h"

namespace octavo {

struct RowEncoding {
  const IndexSpec& spec;
  const TurboRotation& rotation;
};

struct RowTarget {
  IndexSegment* segment;
  size_t row;        // where the first vector goes
  size_t first_row;  // its number in messages
};

/// All arrays but the ids. kRange, naming the row, for values that are not finite, a norm of 2^63 or more, and values
/// beyond float16 where that is kept.
Status fill_rows(const KernelSet& set, const RowEncoding& how, const VectorRows<const float>& x,
                 const RowTarget& target);

/// The vectors that are not removed, in new segments of at most `most` rows.
Status pack_live_rows(const IndexSpec& spec, const IndexSnapshot& from, size_t most, IndexSnapshot* packed);

}  // namespace octavo
