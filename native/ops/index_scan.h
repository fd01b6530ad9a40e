// One pass over the rows of an index for a group of queries.
#pragma once

#include "ops/index_search.h"
#include "ops/score_codes.h"
#include "ops/top_k.h"

namespace octavo {

/// Queries as rows are scored against: rotated for codes, of norm 1 for cosines.
class ScanQueries {
 public:
  Status prepare(const KernelSet& set, const VectorIndex& index, const IndexSearch& search);

  size_t count() const { return squares_.size(); }
  /// |q|^2.
  double squares(size_t q) const { return squares_[q]; }
  Status score(const KernelSet& set, const CodeRows& rows, size_t first, size_t count, float* scores,
               size_t stride) const;

 private:
  Status check_and_scale(const IndexSpec& spec, const IndexSearch& search, float* out, size_t stride);

  size_t dim_ = 0;
  bool float_rows_ = false;
  std::vector<double> squares_;
  AlignedBuffer floats_;
  CodeQueries codes_;
};

/// Positions [first, last) of a snapshot.
struct ScanRange {
  size_t first, last;
};

/// A search under way.
struct ScanTask {
  const KernelSet& set;
  const IndexSpec& spec;
  const IndexSnapshot& rows;
  const IndexSearch& search;
  const ScanQueries& queries;
};

/// The best of the range for queries first_query .. first_query + best.size() - 1, keys larger for better rows: scores,
/// or for distances 2 <q, x> - |x|^2.
Status scan_range(const ScanTask& task, const ScanRange& range, size_t first_query, std::vector<TopK>& best);

}  // namespace octavo
