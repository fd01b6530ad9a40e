#include <algorithm>
#include <cstring>

#include "core/sizes.h"
#include "ops/checksum.h"
#include "ops/index_file.h"
#include "ops/index_format.h"

namespace octavo {
namespace {

Status refuse(const std::string& fault) { return Status::error(Code::kFile, fault); }

class Reader {
 public:
  Status load(const std::string& path, FileAccess access, std::shared_ptr<VectorIndex>* index) {
    if (Status s = file_.open(path); !s.ok()) return s;
    if (Status s = read_header(); !s.ok()) return s;
    if (Status s = read_memory(access); !s.ok()) return s;
    if (Status s = check_arrays(); !s.ok()) return s;
    const auto segment = IndexSegment::borrow(places_, header_.count, header_.first_id, memory_, !mapped_);
    const Status status = VectorIndex::make(spec_, segment, header_.next_id, index);
    return status.ok() ? status : refuse(status.message);
  }

 private:
  Status read_header() {
    if (file_.size_bytes() < sizeof header_) return refuse("not an index file: it is too short");
    if (Status s = file_.read(&header_, sizeof header_); !s.ok()) return s;
    if (std::memcmp(header_.magic, kIndexMagic, sizeof kIndexMagic) != 0)
      return refuse("not an index file: it has another beginning");
    if (header_.version != kIndexVersion)
      return refuse("index version " + std::to_string(header_.version) + " is not supported, expected " +
                    std::to_string(kIndexVersion));
    IndexFileHeader plain = header_;
    plain.checksum = 0;
    if (xxh64(&plain, sizeof plain) != header_.checksum) return refuse("damaged: its header has another checksum");
    if (header_.file_bytes != file_.size_bytes())
      return refuse("truncated or extended: it has " + std::to_string(file_.size_bytes()) + " bytes, expected " +
                    std::to_string(header_.file_bytes));
    return check_header();
  }

  /// What only a foreign writer gets wrong.
  Status check_header() {
    spec_ = {header_.dim,  header_.rows, header_.bits, header_.metric, static_cast<TurboScale>(header_.scale),
             header_.kept, header_.seed};
    const bool plain =
        std::all_of(std::begin(header_.reserved), std::end(header_.reserved), [](uint8_t b) { return b == 0; });
    const size_t bits = spec_.rows == IndexRows::kInt8 ? 8 : spec_.rows == IndexRows::kFloat32 ? 32 : spec_.bits;
    if (!plain || header_.has_ids > 1 || spec_.bits != bits || !check_spec(spec_).ok())
      return refuse("its header has values that this version does not know");
    const bool ids = header_.first_id >= 0 && header_.next_id >= 0 && header_.next_id < INT64_MAX &&
                     (header_.has_ids || header_.count <= static_cast<uint64_t>(INT64_MAX - 1 - header_.first_id));
    places_ = place_arrays(spec_, header_.count, header_.has_ids != 0, sizeof header_);
    if (!ids || places_.total_bytes != header_.file_bytes) return refuse("its header contradicts itself");
    return {};
  }

  Status read_memory(FileAccess access) {
    if (access == FileAccess::kMap) memory_ = file_.map();
    mapped_ = memory_ != nullptr;
    if (mapped_) return {};
    auto buffer = std::make_shared<AlignedBuffer>();
    if (!buffer->allocate(header_.file_bytes)) return Status::error(Code::kNative, "no memory for the index");
    std::memcpy(buffer->as<void>(), &header_, sizeof header_);
    memory_ = std::shared_ptr<const void>(buffer, buffer->as<void>());
    return file_.read(buffer->as<uint8_t>() + sizeof header_, header_.file_bytes - sizeof header_);
  }

  Status check_arrays() const {
    static constexpr const char* kNames[kIndexArrays] = {"vectors", "scales",       "squares",
                                                         "ids",     "kept vectors", "scales of kept vectors"};
    const auto* bytes = static_cast<const uint8_t*>(memory_.get());
    for (size_t i = 0; i < kIndexArrays; ++i) {
      const uint64_t found = places_.bytes[i] == 0 ? 0 : xxh64(bytes + places_.offset[i], places_.bytes[i]);
      if (found != header_.checksums[i])
        return refuse(std::string("damaged: its ") + kNames[i] + " have another checksum");
    }
    return check_ids(reinterpret_cast<const int64_t*>(bytes + places_.offset[static_cast<size_t>(IndexArray::kIds)]));
  }

  Status check_ids(const int64_t* ids) const {
    if (header_.has_ids == 0) return {};
    for (size_t i = 0; i < header_.count; ++i)
      if (ids[i] < 0 || ids[i] >= header_.next_id) return refuse("it has ids that there cannot be");
    return {};
  }

  InputFile file_;
  IndexFileHeader header_ = {};
  IndexSpec spec_;
  IndexPlaces places_ = {};
  std::shared_ptr<const void> memory_;
  bool mapped_ = false;
};

}  // namespace

Status load_index(const std::string& path, FileAccess access, std::shared_ptr<VectorIndex>* index) {
  return Reader().load(path, access, index);
}

}  // namespace octavo
