// Data to a GPU and back: staging in a ring, copies that are late, and the thread on which they are waited for.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "cuda/transfers.h"
#include "gpu.h"

using octavo::cuda::DeviceMemory;
using octavo::cuda::DeviceQueue;
using octavo::cuda::HostRows;
using octavo::cuda::QueuedJob;
using octavo::cuda::Readback;
using octavo::cuda::StagingRing;
using octavo_test::gpu;
using octavo_test::require_ok;

namespace {

std::vector<uint8_t> counted(size_t bytes, size_t seed) {
  std::vector<uint8_t> values(bytes);
  for (size_t i = 0; i < bytes; ++i) values[i] = static_cast<uint8_t>(i * 7 + i / 256 + seed);
  return values;
}

std::shared_ptr<DeviceMemory> uploaded(const std::vector<uint8_t>& values) {
  auto memory = std::make_shared<DeviceMemory>();
  require_ok(memory->allocate(gpu(), values.size()));
  require_ok(octavo::cuda::upload(*gpu(), {values.data(), 1, values.size(), values.size()}, *memory));
  return memory;
}

constexpr size_t kLate = StagingRing::kPieceBytes + 1;  // does not fit one piece

}  // namespace

TEST_CASE("bytes come back as they went, however many") {
  if (!gpu()) return;
  constexpr size_t kSizes[] = {0, 1, 255, 256, 257, kLate - 1, kLate, StagingRing::kBytes, 2 * StagingRing::kBytes + 3};
  for (const size_t bytes : kSizes) {
    const std::vector<uint8_t> values = counted(bytes, 1);
    Readback readback;
    require_ok(readback.start(uploaded(values), bytes));
    std::vector<uint8_t> back(bytes);
    require_ok(readback.finish(back.data()));
    CHECK_MESSAGE(back == values, bytes);
  }
}

TEST_CASE("rows that are apart come to lie one behind the other") {
  if (!gpu()) return;
  constexpr size_t kRows = 1000, kBytes = 4999, kStride = 5003;
  const std::vector<uint8_t> values = counted(kRows * kStride, 2);
  const auto memory = std::make_shared<DeviceMemory>();
  require_ok(memory->allocate(gpu(), kRows * kBytes));
  require_ok(octavo::cuda::upload(*gpu(), HostRows{values.data(), kRows, kBytes, kStride}, *memory));
  Readback readback;
  require_ok(readback.start(memory, kRows * kBytes));
  std::vector<uint8_t> back(kRows * kBytes);
  require_ok(readback.finish(back.data()));
  size_t wrong = 0;
  for (size_t i = 0; i < back.size(); ++i) wrong += back[i] != values[i / kBytes * kStride + i % kBytes] ? 1 : 0;
  CHECK(wrong == 0);
}

TEST_CASE("what is read is what was there when it was asked for") {
  if (!gpu()) return;
  for (const size_t bytes : {size_t{1000}, 3 * kLate}) {
    const std::vector<uint8_t> values = counted(bytes, 3);
    const auto memory = uploaded(values);
    Readback readback;
    require_ok(readback.start(memory, bytes));
    std::vector<uint8_t> back(bytes);
    std::thread reader([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      require_ok(readback.finish(back.data()));
    });
    gpu()->readbacks().wait_for(memory->address());
    require_ok(gpu()->make_current());
    CHECK(gpu()->driver().fill(memory->address(), 0, bytes, gpu()->stream()) == octavo::cuda::Result::kSuccess);
    reader.join();
    CHECK_MESSAGE(back == values, bytes);
  }
}

TEST_CASE("a readback that nobody finishes leaves its memory to others") {
  if (!gpu()) return;
  for (const size_t bytes : {size_t{1000}, kLate}) {
    const auto memory = uploaded(counted(bytes, 4));
    {
      Readback dropped;
      require_ok(dropped.start(memory, bytes));
      CHECK(gpu()->readbacks().any() == (bytes == kLate));
    }
    CHECK_FALSE(gpu()->readbacks().any());
    gpu()->readbacks().wait_for(memory->address());
  }
}

TEST_CASE("the ring gives room that nobody has, in turn") {
  if (!gpu()) return;
  require_ok(gpu()->make_current());
  StagingRing ring(*gpu());
  constexpr size_t kPiece = StagingRing::kPieceBytes, kPieces = StagingRing::kBytes / kPiece;
  std::vector<std::byte*> pieces;
  for (size_t i = 0; i < kPieces; ++i) pieces.push_back(ring.take(kPiece));
  for (size_t i = 1; i < kPieces; ++i) CHECK(pieces[i] == pieces[i - 1] + kPiece);
  CHECK(ring.take(1) == nullptr);
  ring.give_back(pieces[1], {});
  CHECK(ring.take(1) == nullptr);  // the oldest stands before it
  ring.give_back(pieces[0], {});
  CHECK(ring.take(kPiece - 1) == pieces[0]);
  std::byte* const small = ring.take(1);
  CHECK(small == pieces[1]);
  CHECK(ring.take(kPiece) == nullptr);
  CHECK(ring.take(kPiece - 256) == small + 256);
  CHECK(ring.take(1) == nullptr);
  ring.release();
}

TEST_CASE("a piece does not run over the end of the ring") {
  if (!gpu()) return;
  require_ok(gpu()->make_current());
  StagingRing ring(*gpu());
  constexpr size_t kBytes = 3 << 20;  // five of them, and 1 MiB
  std::vector<std::byte*> pieces;
  for (size_t i = 0; i < 5; ++i) pieces.push_back(ring.take(kBytes));
  CHECK(ring.take(kBytes) == nullptr);
  ring.give_back(pieces[0], {});
  CHECK(ring.take(kBytes) == pieces[0]);
  CHECK(ring.take(256) == nullptr);
  ring.release();
}

TEST_CASE("a queue runs jobs in order, and what is queued before it stops") {
  std::vector<int> order;
  std::atomic<bool> other_thread{false};
  const auto here = std::this_thread::get_id();
  {
    DeviceQueue queue;
    for (int i = 0; i < 100; ++i)
      CHECK(queue.submit(std::make_shared<QueuedJob>([&, i] {
        if (i == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        order.push_back(i);
        other_thread = std::this_thread::get_id() != here;
      })));
  }
  REQUIRE(order.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(order[static_cast<size_t>(i)] == i);
  CHECK(other_thread);
}

TEST_CASE("the last owner of a queue may be one of its jobs") {
  auto queue = std::make_shared<DeviceQueue>();
  std::atomic<bool> done{false};
  auto job = std::make_shared<QueuedJob>();
  *job = [&done, owner = queue]() mutable {
    while (owner.use_count() > 1) std::this_thread::yield();
    owner.reset();
    done = true;
  };
  CHECK(queue->submit(job));
  job.reset();
  queue.reset();
  while (!done) std::this_thread::yield();
}
