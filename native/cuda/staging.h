// Pinned memory of the host, through which data go to a device and come from it.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>

#include "cuda/stream_event.h"

namespace octavo::cuda {

/// A ring from which pieces are taken, and given back, in one order. Allocated when first used.
class StagingRing {
 public:
  static constexpr size_t kBytes = size_t{16} << 20;
  static constexpr size_t kPieceBytes = size_t{4} << 20;  // the most that can be taken at once

  explicit StagingRing(Device& device) : device_(device) {}
  ~StagingRing() { release(); }
  StagingRing(const StagingRing&) = delete;
  StagingRing& operator=(const StagingRing&) = delete;

  /// A piece, once the device is done with those that were given back and lie there. Null if the system has no pinned
  /// memory, or what lies there has not been given back.
  std::byte* take(size_t bytes);
  /// The piece is free as soon as `event` is over.
  void give_back(const std::byte* piece, StreamEvent event);
  /// Frees the memory, when nothing uses it. The device's context must be current.
  void release();

 private:
  struct Piece {
    size_t begin = 0;
    bool given_back = false;
    StreamEvent event;
  };

  bool allocate();
  void drop_finished();
  bool find_room(size_t bytes, size_t* begin) const;

  Device& device_;
  std::mutex mutex_;
  std::byte* memory_ = nullptr;
  bool refused_ = false;
  size_t next_ = 0;           // where the last piece ended
  std::deque<Piece> pieces_;  // taken, the oldest first
};

}  // namespace octavo::cuda
