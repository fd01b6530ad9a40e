#include "ops/index_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/index_exact.h"
#include "ops/index_scan.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

/// Queries of one pass over the rows, and rows that are worth a thread.
constexpr size_t kGroupQueries = 64, kLeastRangeRows = 4096;

/// The best `k` of all rows for the queries from `first` on.
Status scan_group(const ScanTask& task, size_t first, size_t count, size_t k,
                  std::vector<std::vector<Candidate>>* found) {
  const size_t positions = task.rows.positions, threads = ThreadPool::instance().threads();
  const size_t ranges = std::max<size_t>(1, std::min(threads, positions / kLeastRangeRows));
  const size_t step = round_up(divide_up(positions, ranges), 64);
  std::vector<std::vector<TopK>> best(ranges, std::vector<TopK>(count, TopK(k)));
  std::vector<Status> status(ranges);
  const auto run = [&](size_t i) {
    const ScanRange range = {std::min(positions, i * step), std::min(positions, (i + 1) * step)};
    status[i] = scan_range(task, range, first, best[i]);
  };
  if (ranges == 1)
    run(0);
  else
    ThreadPool::instance().parallel_for(ranges, ranges, run);
  for (Status& one : status)
    if (!one.ok()) return std::move(one);
  for (size_t q = 0; q < count; ++q) {
    TopK all(k);
    for (size_t i = 0; i < ranges; ++i)
      for (const Candidate& one : best[i][q].unordered()) all.offer(one);
    found->push_back(all.take_sorted());
  }
  return {};
}

void write_matches(const ScanTask& task, size_t q, const std::vector<Candidate>& found, const IndexMatches& matches) {
  const bool distance = task.spec.metric == IndexMetric::kSquaredDistance;
  const float infinity = std::numeric_limits<float>::infinity();
  int64_t* ids = matches.ids + q * task.search.k;
  float* scores = matches.scores + q * task.search.k;
  for (size_t i = 0; i < task.search.k; ++i) {
    const bool there = i < found.size();
    ids[i] = there ? task.rows.id(found[i].position) : -1;
    scores[i] = !there ? (distance ? infinity : -infinity) : found[i].key;
  }
}

/// Keys of the scan to scores, or exact scores in their place, in their order.
void finish(const ScanTask& task, size_t q, std::vector<Candidate>& found) {
  const IndexSpec& spec = task.spec;
  const bool distance = spec.metric == IndexMetric::kSquaredDistance;
  if (task.search.candidates > 0) {
    const float* query = task.search.queries + q * task.search.stride;
    const ExactQuery exact(spec, query);
    for (Candidate& one : found) {
      one.key = exact.key(task.rows, one.position);
      if (std::isnan(one.key)) one.key = -std::numeric_limits<float>::infinity();  // of damaged vectors
    }
    std::sort(found.begin(), found.end());
    found.resize(std::min(found.size(), task.search.k));
  }
  const auto squares = static_cast<float>(task.queries.squares(q));
  for (Candidate& one : found)
    if (distance) one.key = task.search.candidates > 0 ? -one.key : squares - one.key;
}

}  // namespace

Status search_index(const KernelSet& set, const VectorIndex& index, const IndexSearch& search,
                    const IndexMatches& matches) {
  const IndexSpec& spec = index.spec();
  if (search.candidates > 0 && spec.kept == KeptRows::kNone && spec.rows != IndexRows::kFloat32)
    return Status::error(Code::kUnsupported, "the index keeps no vectors to score candidates by");
  ScanQueries queries;
  if (Status s = queries.prepare(set, index, search); !s.ok()) return s;
  const IndexSnapshot rows = index.snapshot();
  const ScanTask task = {set, spec, rows, search, queries};
  const size_t k = std::min(rows.live, std::max(search.k, search.candidates));
  for (size_t first = 0; first < search.count; first += kGroupQueries) {
    std::vector<std::vector<Candidate>> found;
    const size_t count = std::min(kGroupQueries, search.count - first);
    if (Status s = scan_group(task, first, count, k, &found); !s.ok()) return s;
    for (size_t q = 0; q < count; ++q) {
      finish(task, first + q, found[q]);
      write_matches(task, first + q, found[q], matches);
    }
  }
  return {};
}

Status score_exactly(const IndexSpec& spec, const VectorRows<const float>& queries, const float* vectors, size_t count,
                     float* scores) {
  for (size_t q = 0; q < queries.rows; ++q) {
    const ExactQuery query(spec, queries.first + q * queries.stride);
    for (size_t i = 0; i < count; ++i) {
      const float key = query.key(vectors + (q * count + i) * spec.dim);
      scores[q * count + i] = spec.metric == IndexMetric::kSquaredDistance ? -key : key;
    }
  }
  return {};
}

}  // namespace octavo
