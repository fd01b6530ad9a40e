// An index to a file: the arrays as parts of the segments, runs of vectors that were not removed, without copying rows.
#include <cstring>

#include "core/sizes.h"
#include "ops/checksum.h"
#include "ops/index_file.h"
#include "ops/index_format.h"

namespace octavo {
namespace {

constexpr uint8_t kZeros[kCodeSlackBytes] = {};

/// Vectors that lie together and are all there.
struct Run {
  const IndexSegment* segment;
  size_t row, count;
};

std::vector<Run> live_runs(const IndexSnapshot& rows) {
  std::vector<Run> runs;
  for (const IndexSnapshot::Part& part : rows.parts) {
    bool open = false;
    for (size_t row = 0; row < part.rows; ++row) {
      const bool removed = rows.is_removed(part.first_position + row);
      if (!removed && open)
        ++runs.back().count;
      else if (!removed)
        runs.push_back({part.segment.get(), row, 1});
      open = !removed;
    }
  }
  return runs;
}

/// Every id, in order; empty where they run from the first one on.
std::vector<int64_t> ids_of(const std::vector<Run>& runs) {
  std::vector<int64_t> ids;
  bool running = true;
  for (const Run& run : runs)
    for (size_t i = 0; i < run.count; ++i) {
      ids.push_back(run.segment->id(run.row + i));
      running = running && ids.back() == ids.front() + static_cast<int64_t>(ids.size()) - 1;
    }
  if (running) ids.clear();
  return ids;
}

class Writer {
 public:
  Writer(const VectorIndex& index, const IndexSnapshot& rows)
      : spec_(index.spec()), runs_(live_runs(rows)), ids_(ids_of(runs_)) {
    const bool has_ids = !ids_.empty();
    places_ = place_arrays(spec_, rows.live, has_ids, sizeof header_);
    std::memcpy(header_.magic, kIndexMagic, sizeof kIndexMagic);
    header_.version = kIndexVersion;
    header_.dim = static_cast<uint32_t>(spec_.dim);
    header_.file_bytes = places_.total_bytes;
    header_.rows = spec_.rows;
    header_.bits = static_cast<uint8_t>(spec_.bits);
    header_.metric = spec_.metric;
    header_.scale = static_cast<uint8_t>(spec_.scale);
    header_.kept = spec_.kept;
    header_.has_ids = has_ids;
    header_.seed = spec_.seed;
    header_.count = rows.live;
    header_.first_id = has_ids || runs_.empty() ? 0 : runs_[0].segment->id(runs_[0].row);
    header_.next_id = index.next_id();
  }

  Status write(const std::string& path) {
    parts_.push_back({&header_, sizeof header_});
    for (size_t i = 0; i < kIndexArrays; ++i)
      if (places_.bytes[i] > 0) add_array(i);
    header_.checksum = xxh64(&header_, sizeof header_);
    return replace_file(path, parts_);
  }

 private:
  void add_part(const void* data, size_t bytes, Xxh64* hash) {
    hash->add(data, bytes);
    parts_.push_back({data, bytes});
  }

  void add_array(size_t i) {
    const auto which = static_cast<IndexArray>(i);
    const size_t slack = which == IndexArray::kRows ? kCodeSlackBytes : 0;
    Xxh64 hash;
    if (which == IndexArray::kIds) {
      add_part(ids_.data(), places_.bytes[i], &hash);
    } else {
      const size_t row_bytes = header_.count == 0 ? 0 : (places_.bytes[i] - slack) / header_.count;
      for (const Run& run : runs_)
        add_part(run.segment->array<uint8_t>(which) + run.row * row_bytes, run.count * row_bytes, &hash);
    }
    if (slack > 0) add_part(kZeros, slack, &hash);
    header_.checksums[i] = hash.digest();
    const size_t padding = round_up(places_.bytes[i], kSectionBytes) - places_.bytes[i];
    if (padding > 0) parts_.push_back({kZeros, padding});
  }

  static constexpr size_t kSectionBytes = 64;

  const IndexSpec& spec_;
  const std::vector<Run> runs_;
  const std::vector<int64_t> ids_;
  IndexPlaces places_ = {};
  IndexFileHeader header_ = {};
  std::vector<FilePart> parts_;
};

}  // namespace

Status save_index(const VectorIndex& index, const std::string& path) {
  const IndexSnapshot rows = index.snapshot();
  return Writer(index, rows).write(path);
}

}  // namespace octavo
