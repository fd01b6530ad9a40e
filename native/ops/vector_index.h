// A flat index of vectors: rows in segments, in the order in which they were added, and which of them were removed.
//
// Promises: a search sees the index as it was when it began, whatever others add or remove meanwhile; a call that fails
// changes nothing; ids are unique among the vectors that are there.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "ops/index_segment.h"

namespace octavo {

/// Which positions were removed, 64 to a word; words beyond the end are 0.
using RemovedBits = std::vector<uint64_t>;

/// The vectors of a moment: `rows` of each segment.
struct IndexSnapshot {
  struct Part {
    std::shared_ptr<const IndexSegment> segment;
    size_t rows, first_position;
  };
  std::vector<Part> parts;
  std::shared_ptr<const RemovedBits> removed;
  size_t positions = 0, live = 0;

  bool is_removed(size_t position) const {
    return position / 64 < removed->size() && ((*removed)[position / 64] >> position % 64 & 1) != 0;
  }
  const Part& part_of(size_t position) const;
  int64_t id(size_t position) const;
};

class VectorIndex {
 public:
  static Status make(const IndexSpec& spec, std::shared_ptr<VectorIndex>* index);
  /// An index of the rows of one segment, all of them; kRange if two have the same id.
  static Status make(const IndexSpec& spec, const std::shared_ptr<IndexSegment>& segment, int64_t next_id,
                     std::shared_ptr<VectorIndex>* index);

  const IndexSpec& spec() const { return spec_; }
  const TurboRotation& rotation() const { return rotation_; }
  IndexSnapshot snapshot() const;
  size_t size() const;
  size_t size_bytes() const;
  /// What the next vector without an id gets: one more than the largest id so far.
  int64_t next_id() const;

  /// Adds rows of dim finite values with norms below 2^63. Without ids they get running ones. kRange for ids that are
  /// negative or there already. `first_id` receives the first running id.
  Status add(const KernelSet& set, const VectorRows<const float>& x, const int64_t* ids, int64_t* first_id);
  /// How many of the ids were there.
  size_t remove(const int64_t* ids, size_t count);
  bool has(int64_t id) const;
  /// Moves what is left together, so that the removed vectors' memory is free.
  Status compact();

 private:
  struct Batch;

  Status check_ids(const int64_t* ids, size_t count) const;
  Status add_rows(const KernelSet& set, const VectorRows<const float>& x, Batch& batch);
  void publish(Batch& batch);
  std::optional<size_t> position_of(int64_t id) const;
  bool ascending_after(const int64_t* ids, size_t count) const;
  void map_ids();

  IndexSpec spec_;
  TurboRotation rotation_;
  mutable std::mutex write_;    // held by whoever changes the index, from beginning to end
  mutable std::mutex publish_;  // guards what a snapshot copies
  IndexSnapshot state_;
  int64_t next_id_ = 0;
  // Ids are found by halving while they ascend with the positions, else here; only the writer reads or changes these.
  bool ascending_ = true;
  std::unordered_map<int64_t, size_t> positions_;
};

}  // namespace octavo
