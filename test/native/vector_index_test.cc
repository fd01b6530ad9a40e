// The index's driver: scans against plain loops, segments, removals and filters, and searches while vectors are added.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "ops/index_search.h"
#include "ops/score_codes.h"
#include "ops/top_k.h"
#include "random_values.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

namespace {

std::shared_ptr<VectorIndex> make_index(IndexSpec spec) {
  std::shared_ptr<VectorIndex> index;
  REQUIRE(VectorIndex::make(spec, &index).ok());
  return index;
}

void add(VectorIndex& index, const std::vector<float>& x) {
  const size_t dim = index.spec().dim;
  int64_t first = 0;
  REQUIRE(index.add(active_kernel_set(), {x.data(), dim, x.size() / dim}, nullptr, &first).ok());
}

struct Found {
  std::vector<int64_t> ids;
  std::vector<float> scores;
};

Found search(const KernelSet& set, const VectorIndex& index, const std::vector<float>& queries, size_t k,
             const std::vector<uint8_t>* filter = nullptr) {
  const size_t dim = index.spec().dim, count = queries.size() / dim;
  Found found = {std::vector<int64_t>(count * k), std::vector<float>(count * k)};
  const IndexSearch how = {
      queries.data(), count, dim, k, 0, filter ? filter->data() : nullptr, filter ? filter->size() : 0};
  REQUIRE(search_index(set, index, how, {found.ids.data(), found.scores.data()}).ok());
  return found;
}

}  // namespace

TEST_CASE("the best k are those of a sort, with ties by position, however they come") {
  Generator random(1);
  for (const size_t k : {0, 1, 5, 64, 100}) {
    std::vector<Candidate> all;
    for (size_t i = 0; i < 90; ++i) all.push_back({static_cast<float>(random() % 9), i});
    TopK best(k);
    std::vector<Candidate> shuffled = all;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    for (const Candidate& one : shuffled) best.offer(one);
    best.offer({std::numeric_limits<float>::quiet_NaN(), 1000});
    std::sort(all.begin(), all.end());
    all.resize(std::min<size_t>(k, all.size()));
    const std::vector<Candidate> found = best.take_sorted();
    REQUIRE(found.size() == all.size());
    for (size_t i = 0; i < all.size(); ++i) CHECK(found[i].position == all[i].position);
  }
}

TEST_CASE("scores of codes are the scaled sums, and of wide codes those of their levels") {
  Generator random(2);
  const size_t dim = 100, rows = 70;
  for (size_t bits = 1; bits <= 8; ++bits) {
    CAPTURE(bits);
    const Codebook& book = codebook_of(bits);
    const size_t row_bytes = code_bytes(bits, dim);
    std::vector<uint8_t> codes(rows * row_bytes + kCodeSlackBytes);
    for (uint8_t& byte : codes) byte = static_cast<uint8_t>(random());
    const std::vector<float> queries = float_values(random, 3 * dim);
    CodeQueries ready;
    REQUIRE(ready.prepare({dim, &book}, queries.data(), 3, dim).ok());
    std::vector<float> expected(3 * rows), scores(3 * rows);
    REQUIRE(ready.score(*available_kernel_sets().back(), {codes.data(), row_bytes, rows}, 0, 3, expected.data(), rows)
                .ok());
    std::vector<float> levels(dim);
    for (size_t r = 0; r < rows; ++r) {
      kCodesScalar.decode(codes.data() + r * row_bytes, dim, book, levels.data());
      for (size_t q = 0; q < 3; ++q) {
        double sum = 0;
        for (size_t j = 0; j < dim; ++j) sum += static_cast<double>(levels[j]) * queries[q * dim + j];
        CHECK(std::fabs(expected[q * rows + r] - sum) < (bits > 4 ? 1e-3 : 1));
      }
    }
    for (const KernelSet* set : tested_kernel_sets()) {
      REQUIRE(ready.score(*set, {codes.data(), row_bytes, rows}, 0, 3, scores.data(), rows).ok());
      CHECK(scores == expected);
    }
  }
}

TEST_CASE("an index finds the same on every kernel set, over segments, removals and filters") {
  Generator random(3);
  for (const IndexRows rows : {IndexRows::kCodes, IndexRows::kInt8, IndexRows::kFloat32}) {
    const auto index = make_index({24, rows, 3, IndexMetric::kSquaredDistance, TurboScale::kUnbiased});
    for (const size_t count : {3, 300, 1, 700}) add(*index, float_values(random, count * 24));
    const std::vector<int64_t> gone = {0, 5, 301, 1003, 5, 4000};
    CHECK(index->remove(gone.data(), gone.size()) == 4);
    const std::vector<float> queries = float_values(random, 5 * 24);
    std::vector<uint8_t> filter(90);
    for (uint8_t& byte : filter) byte = static_cast<uint8_t>(random());
    const Found plain = search(*available_kernel_sets().back(), *index, queries, 12);
    const Found some = search(*available_kernel_sets().back(), *index, queries, 12, &filter);
    for (const int64_t id : some.ids) CHECK((filter[static_cast<size_t>(id / 8)] >> id % 8 & 1) == 1);
    for (const KernelSet* set : tested_kernel_sets()) {
      CHECK(search(*set, *index, queries, 12).ids == plain.ids);
      CHECK(search(*set, *index, queries, 12).scores == plain.scores);
      CHECK(search(*set, *index, queries, 12, &filter).ids == some.ids);
    }
    REQUIRE(index->compact().ok());
    CHECK(search(active_kernel_set(), *index, queries, 12).ids == plain.ids);
    for (const int64_t id : gone) CHECK_FALSE(index->has(id));
  }
}

TEST_CASE("threads search and remove while one adds") {
  Generator random(4);
  const auto index = make_index({16, IndexRows::kCodes, 2, IndexMetric::kInnerProduct, TurboScale::kUnbiased});
  const std::vector<float> batch = float_values(random, 90 * 16), query = float_values(random, 16);
  std::atomic<bool> done{false};
  std::atomic<size_t> wrong{0};
  std::thread searcher([&] {
    while (!done) {
      int64_t ids[4];
      float scores[4];
      const IndexSearch how = {query.data(), 1, 16, 4, 0, nullptr, 0};
      const bool ok = search_index(active_kernel_set(), *index, how, {ids, scores}).ok();
      if (!ok || !(scores[0] >= scores[3])) ++wrong;
    }
  });
  for (int64_t round = 0; round < 30; ++round) {
    add(*index, batch);
    index->remove(&round, 1);
    if (round % 10 == 9) CHECK(index->compact().ok());
  }
  done = true;
  searcher.join();
  CHECK(wrong == 0);
  CHECK(index->size() == 30 * 90 - 30);
}
