#include "ops/vector_index.h"

#include <algorithm>
#include <unordered_set>

#include "ops/index_rows.h"

namespace octavo {
namespace {

/// A segment has at least this many rows, and no more bytes of rows than the other where it has more.
constexpr size_t kLeastRows = 256, kMostSegmentBytes = size_t{64} << 20;

size_t most_rows(const IndexSpec& spec) {
  const IndexPlaces one = place_arrays(spec, kLeastRows, true, 0);
  return std::max(kLeastRows, kMostSegmentBytes / (one.total_bytes / kLeastRows));
}

}  // namespace

const IndexSnapshot::Part& IndexSnapshot::part_of(size_t position) const {
  const auto after = std::upper_bound(parts.begin(), parts.end(), position,
                                      [](size_t at, const Part& part) { return at < part.first_position; });
  return *(after - 1);
}

int64_t IndexSnapshot::id(size_t position) const {
  const Part& part = part_of(position);
  return part.segment->id(position - part.first_position);
}

/// What add() has made so far, and nobody sees yet.
struct VectorIndex::Batch {
  std::vector<std::shared_ptr<IndexSegment>> segments;  // the first one may be the index's last
  std::vector<size_t> rows;                             // filled in each
  bool continues = false;
  const int64_t* ids;
  int64_t next_id;
};

Status VectorIndex::make(const IndexSpec& spec, std::shared_ptr<VectorIndex>* index) {
  if (Status s = check_spec(spec); !s.ok()) return s;
  auto made = std::make_shared<VectorIndex>();
  made->spec_ = spec;
  made->state_.removed = std::make_shared<RemovedBits>();
  Status status = TurboRotation::make(spec.dim, spec.seed, 0, &made->rotation_);
  if (status.ok()) *index = std::move(made);
  return status;
}

Status VectorIndex::make(const IndexSpec& spec, const std::shared_ptr<IndexSegment>& segment, int64_t next_id,
                         std::shared_ptr<VectorIndex>* index) {
  std::shared_ptr<VectorIndex> made;
  if (Status s = make(spec, &made); !s.ok()) return s;
  const size_t rows = segment->capacity();
  if (rows > 0) made->state_.parts.push_back({segment, rows, 0});
  made->state_.positions = made->state_.live = rows;
  made->next_id_ = next_id;
  if (const auto* ids = segment->array<int64_t>(IndexArray::kIds); ids != nullptr && rows > 0) {
    const auto not_ascending = [](int64_t a, int64_t b) { return a >= b; };
    made->ascending_ = std::adjacent_find(ids, ids + rows, not_ascending) == ids + rows;
    if (!made->ascending_) made->map_ids();
    if (!made->ascending_ && made->positions_.size() != rows)
      return Status::error(Code::kRange, "two vectors have the same id");
  }
  *index = std::move(made);
  return {};
}

IndexSnapshot VectorIndex::snapshot() const {
  const std::lock_guard lock(publish_);
  return state_;
}

size_t VectorIndex::size() const {
  const std::lock_guard lock(publish_);
  return state_.live;
}

int64_t VectorIndex::next_id() const {
  const std::lock_guard lock(publish_);
  return next_id_;
}

size_t VectorIndex::size_bytes() const {
  const std::lock_guard lock(publish_);
  size_t bytes = rotation_.size_bytes() + state_.removed->size() * sizeof(uint64_t);
  for (const IndexSnapshot::Part& part : state_.parts) bytes += part.segment->size_bytes();
  return bytes;
}

std::optional<size_t> VectorIndex::position_of(int64_t id) const {
  if (!ascending_) {
    const auto found = positions_.find(id);
    return found == positions_.end() ? std::nullopt : std::optional(found->second);
  }
  size_t low = 0, high = state_.positions;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (state_.id(middle) < id)
      low = middle + 1;
    else
      high = middle;
  }
  const bool found = low < state_.positions && state_.id(low) == id && !state_.is_removed(low);
  return found ? std::optional(low) : std::nullopt;
}

void VectorIndex::map_ids() {
  ascending_ = false;
  for (size_t position = 0; position < state_.positions; ++position)
    if (!state_.is_removed(position)) positions_.emplace(state_.id(position), position);
}

bool VectorIndex::ascending_after(const int64_t* ids, size_t count) const {
  int64_t last = state_.positions == 0 ? -1 : state_.id(state_.positions - 1);
  for (size_t i = 0; i < count; last = ids[i++])
    if (ids[i] <= last) return false;
  return true;
}

Status VectorIndex::check_ids(const int64_t* ids, size_t count) const {
  std::unordered_set<int64_t> seen;
  const bool ascending = ascending_ && ascending_after(ids, count);
  for (size_t i = 0; i < count; ++i) {
    const auto refuse = [&](const char* why) {
      return Status::error(Code::kRange, "ids[" + std::to_string(i) + "] is " + std::to_string(ids[i]) + why);
    };
    if (ids[i] < 0 || ids[i] == INT64_MAX) return refuse(", expected one from 0 to 2^63 - 2");
    if (ascending) continue;
    if (position_of(ids[i])) return refuse(", which the index has already");
    if (!seen.insert(ids[i]).second) return refuse(", which comes twice");
  }
  return {};
}

Status VectorIndex::add(const KernelSet& set, const VectorRows<const float>& x, const int64_t* ids, int64_t* first_id) {
  const std::lock_guard lock(write_);
  *first_id = next_id_;
  if (x.rows == 0) return {};
  if (ids != nullptr) {
    if (Status s = check_ids(ids, x.rows); !s.ok()) return s;
  } else if (next_id_ > INT64_MAX - 1 - static_cast<int64_t>(x.rows)) {
    return Status::error(Code::kRange, "there are no more running ids");
  }
  Batch batch = {};
  batch.ids = ids;
  batch.next_id =
      ids ? std::max(next_id_, *std::max_element(ids, ids + x.rows) + 1) : next_id_ + static_cast<int64_t>(x.rows);
  if (Status s = add_rows(set, x, batch); !s.ok()) return s;
  publish(batch);
  return {};
}

Status VectorIndex::add_rows(const KernelSet& set, const VectorRows<const float>& x, Batch& batch) {
  for (size_t done = 0; done < x.rows;) {
    const IndexSnapshot::Part* last = done == 0 && !state_.parts.empty() ? &state_.parts.back() : nullptr;
    const int64_t next = next_id_ + static_cast<int64_t>(done);
    const bool same_kind =
        last != nullptr &&
        (batch.ids != nullptr
             ? last->segment->has_ids()
             : !last->segment->has_ids() && last->segment->first_id() + static_cast<int64_t>(last->rows) == next);
    std::shared_ptr<IndexSegment> segment;
    size_t row = 0;
    if (same_kind && last->rows < last->segment->capacity()) {
      segment = std::const_pointer_cast<IndexSegment>(last->segment);
      row = last->rows;
      batch.continues = true;
    } else {
      const size_t wanted = std::max({kLeastRows, x.rows - done, state_.positions / 2});
      const size_t capacity = std::min(most_rows(spec_), wanted);
      const Status s = IndexSegment::allocate(spec_, capacity, batch.ids != nullptr, next, &segment);
      if (!s.ok()) return s;
    }
    const size_t count = std::min(segment->capacity() - row, x.rows - done);
    if (Status s = fill_rows(set, {spec_, rotation_}, x.part(done, count), {segment.get(), row, done}); !s.ok())
      return s;
    if (batch.ids != nullptr) std::copy_n(batch.ids + done, count, segment->writable<int64_t>(IndexArray::kIds) + row);
    batch.segments.push_back(std::move(segment));
    batch.rows.push_back(row + count);
    done += count;
  }
  return {};
}

void VectorIndex::publish(Batch& batch) {
  const size_t before = state_.positions;
  size_t count = 0;
  {
    const std::lock_guard lock(publish_);
    for (size_t i = 0; i < batch.segments.size(); ++i) {
      if (i == 0 && batch.continues) {
        count += batch.rows[0] - state_.parts.back().rows;
        state_.parts.back().rows = batch.rows[0];
      } else {
        state_.parts.push_back({batch.segments[i], batch.rows[i], before + count});
        count += batch.rows[i];
      }
    }
    state_.positions += count;
    state_.live += count;
    next_id_ = batch.next_id;
  }
  if (!ascending_) {
    for (size_t i = 0; i < count; ++i) positions_[state_.id(before + i)] = before + i;
  } else if (batch.ids != nullptr) {
    for (size_t i = 0; i < count && ascending_; ++i)
      if (before + i > 0 && state_.id(before + i) <= state_.id(before + i - 1)) map_ids();
  }
}

size_t VectorIndex::remove(const int64_t* ids, size_t count) {
  const std::lock_guard lock(write_);
  // Searches hold the bits that they began with.
  auto removed = std::make_shared<RemovedBits>(*state_.removed);
  removed->resize((state_.positions + 63) / 64);
  size_t found = 0;
  for (size_t i = 0; i < count; ++i) {
    const std::optional<size_t> position = position_of(ids[i]);
    if (!position || ((*removed)[*position / 64] >> *position % 64 & 1) != 0) continue;
    (*removed)[*position / 64] |= uint64_t{1} << *position % 64;
    positions_.erase(ids[i]);
    ++found;
  }
  const std::lock_guard publish(publish_);
  state_.removed = std::move(removed);
  state_.live -= found;
  return found;
}

bool VectorIndex::has(int64_t id) const {
  const std::lock_guard lock(write_);
  return position_of(id).has_value();
}

Status VectorIndex::compact() {
  const std::lock_guard lock(write_);
  IndexSnapshot packed;
  packed.removed = std::make_shared<RemovedBits>();
  if (Status s = pack_live_rows(spec_, state_, most_rows(spec_), &packed); !s.ok()) return s;
  positions_.clear();
  {
    const std::lock_guard publish(publish_);
    state_ = std::move(packed);
  }
  if (!ascending_) map_ids();
  return {};
}

}  // namespace octavo
