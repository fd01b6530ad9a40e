// Exact scores of vectors: sums in double, of four chains (coordinate j in chain j % 4), added as (0 + 2) + (1 + 3).
#pragma once

#include "ops/vector_index.h"

namespace octavo {

class ExactQuery {
 public:
  /// `query` is kept by the caller.
  ExactQuery(const IndexSpec& spec, const float* query);

  /// Larger for better vectors: the score rounded to float32, for distances what is left of 0 by them.
  float key(const float* vector) const;
  /// Of what the index keeps at a position; of its rows where they are float32 and nothing else is kept.
  float key(const IndexSnapshot& rows, size_t position) const;

 private:
  template <typename Value>
  float key_of(const Value& value) const;

  const IndexSpec& spec_;
  const float* query_;
  double squares_ = 0;
};

}  // namespace octavo
