#include "cuda/transfers.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <vector>

#include "cuda/staging.h"

namespace octavo::cuda {
namespace {

/// Reads rows as if they lay one behind the other.
class RowReader {
 public:
  explicit RowReader(const HostRows& rows) : rows_(rows) {
    if (rows.row_bytes == rows.stride_bytes) rows_ = {rows.data, 1, rows.rows * rows.row_bytes, 0};
  }
  size_t total_bytes() const { return rows_.rows * rows_.row_bytes; }

  void read(std::byte* to, size_t bytes) {
    while (bytes > 0) {
      const size_t count = std::min(bytes, rows_.row_bytes - column_);
      std::memcpy(to, static_cast<const std::byte*>(rows_.data) + row_ * rows_.stride_bytes + column_, count);
      to += count;
      bytes -= count;
      column_ += count;
      if (column_ < rows_.row_bytes) continue;
      column_ = 0;
      ++row_;
    }
  }

 private:
  HostRows rows_;
  size_t row_ = 0, column_ = 0;
};

Status copy_to_device(Device& device, DeviceAddress to, const std::byte* from, size_t bytes) {
  return device.check(device.driver().copy_to_device(to, from, bytes, device.stream()), "copying to the GPU");
}

/// From memory that the system may move, which a driver may read for as long as the copy takes.
Status upload_unpinned(Device& device, RowReader* reader, DeviceAddress to, size_t bytes) {
  std::vector<std::byte> piece(bytes);
  reader->read(piece.data(), bytes);
  const Status copied = copy_to_device(device, to, piece.data(), bytes);
  const Status done = device.synchronize();
  return copied.ok() ? done : copied;
}

Status upload_piece(Device& device, RowReader* reader, DeviceAddress to, size_t bytes) {
  std::byte* const piece = device.uploads().take(bytes);
  if (piece == nullptr) return upload_unpinned(device, reader, to, bytes);
  reader->read(piece, bytes);
  Status status = copy_to_device(device, to, piece, bytes);
  StreamEvent read;
  if (status.ok()) status = read.record(device);
  if (!status.ok()) device.synchronize();
  device.uploads().give_back(piece, std::move(read));
  return status;
}

Status copy_to_host(const DeviceMemory& memory, size_t at, std::byte* to, size_t bytes) {
  if (bytes == 0) return {};
  Device& device = *memory.device();
  return device.check(device.driver().copy_to_host(to, memory.address() + at, bytes, device.stream()),
                      "copying from the GPU");
}

/// A copy of which pieces are put on the stream while others are received.
class CopyInPieces {
 public:
  CopyInPieces(const DeviceMemory& memory, std::byte* to, size_t bytes)
      : memory_(memory), device_(*memory.device()), to_(to), bytes_(bytes) {}
  ~CopyInPieces() { receive(); }

  /// Returns when all pieces are on the stream, and most of them received.
  Status ask() {
    Status status = device_.make_current();
    for (size_t at = 0; at < bytes_ && status.ok(); at += StagingRing::kPieceBytes)
      status = ask_for(at, std::min(bytes_ - at, StagingRing::kPieceBytes));
    return status;
  }

  Status receive() {
    Status status;
    while (!pieces_.empty()) {
      const Status received = receive_oldest();
      if (status.ok()) status = received;
    }
    return status;
  }

 private:
  struct Piece {
    const std::byte* data;
    size_t at, bytes;
    StreamEvent arrival;
  };

  Status ask_for(size_t at, size_t bytes) {
    std::byte* staged = device_.downloads().take(bytes);
    while (staged == nullptr && !pieces_.empty()) {
      if (Status status = receive_oldest(); !status.ok()) return status;
      staged = device_.downloads().take(bytes);
    }
    StreamEvent arrival;
    Status status = copy_to_host(memory_, at, staged == nullptr ? to_ + at : staged, bytes);
    if (status.ok()) status = arrival.record(device_);
    if (!status.ok()) device_.synchronize();
    if (staged == nullptr) return status.ok() ? arrival.wait() : status;  // no pinned memory
    pieces_.push_back({staged, at, bytes, std::move(arrival)});
    return status;
  }

  Status receive_oldest() {
    Piece piece = std::move(pieces_.front());
    pieces_.pop_front();
    const Status status = piece.arrival.wait();
    if (status.ok()) std::memcpy(to_ + piece.at, piece.data, piece.bytes);
    device_.downloads().give_back(piece.data, std::move(piece.arrival));
    return status;
  }

  const DeviceMemory& memory_;
  Device& device_;
  std::byte* to_;
  size_t bytes_;
  std::deque<Piece> pieces_;  // on the stream, the oldest first
};

}  // namespace

Status upload(Device& device, const HostRows& rows, const DeviceMemory& memory) {
  if (Status status = device.make_current(); !status.ok()) return status;
  RowReader reader(rows);
  for (size_t at = 0; at < reader.total_bytes(); at += StagingRing::kPieceBytes) {
    const size_t bytes = std::min(reader.total_bytes() - at, StagingRing::kPieceBytes);
    if (Status status = upload_piece(device, &reader, memory.address() + at, bytes); !status.ok()) return status;
  }
  return {};
}

Readback::~Readback() { drop(); }

void Readback::drop() {
  if (memory_ == nullptr) return;
  Device& device = *memory_->device();
  if (is_late_) device.readbacks().remove(memory_->address());
  is_late_ = false;
  if (piece_ == nullptr) return;
  arrival_.wait();
  device.downloads().give_back(piece_, std::move(arrival_));
  piece_ = nullptr;
}

Status Readback::start(std::shared_ptr<const DeviceMemory> memory, size_t bytes) {
  Device& device = *memory->device();
  if (Status status = device.make_current(); !status.ok()) return status;
  memory_ = std::move(memory);
  bytes_ = bytes;
  // One that is late takes pieces in its turn: none that comes later may hold them then.
  std::byte* const piece =
      bytes > StagingRing::kPieceBytes || device.readbacks().any() ? nullptr : device.downloads().take(bytes);
  is_late_ = piece == nullptr;
  if (is_late_) device.readbacks().add(memory_->address());
  piece_ = piece;
  if (is_late_) return {};
  Status status = copy_to_host(*memory_, 0, piece, bytes);
  if (status.ok()) status = arrival_.record(device);
  if (!status.ok()) device.synchronize();
  return status;
}

Status Readback::finish(void* to) {
  Status status;
  if (is_late_) {
    status = copy_in_pieces(static_cast<std::byte*>(to));
  } else {
    status = arrival_.wait();
    if (status.ok() && bytes_ > 0) std::memcpy(to, piece_, bytes_);
  }
  drop();
  return status;
}

Status Readback::copy_in_pieces(std::byte* to) {
  CopyInPieces copy(*memory_, to, bytes_);
  Status status = copy.ask();
  // From here on what is put on the stream comes after the copy.
  memory_->device()->readbacks().remove(memory_->address());
  is_late_ = false;
  return status.ok() ? copy.receive() : status;
}

}  // namespace octavo::cuda
