#include "ops/weights_image.h"

#include <algorithm>
#include <cstring>

#include "core/sizes.h"
#include "ops/checksum.h"
#include "ops/weight_memory.h"

namespace octavo {
namespace {

constexpr uint64_t kMaxSize = (uint64_t{1} << 53) - 1;  // what a JavaScript number counts exactly

Status refuse(std::string fault) { return Status::error(Code::kFile, std::move(fault)); }

constexpr const char* kKinds[] = {"packed weights", "a quantized linear layer", "the table of an embedding"};

bool is_known(FileKind kind) { return kind >= FileKind::kPackedWeights && kind <= FileKind::kRowTable; }

const char* name_of(FileKind kind) { return kKinds[static_cast<size_t>(kind) - 1]; }

std::string stray_bytes(SectionId next) { return "has bytes before " + name_of(next) + " that belong to no section"; }

bool all_zero(const uint8_t* begin, const uint8_t* end) {
  return std::all_of(begin, end, [](uint8_t byte) { return byte == 0; });
}

}  // namespace

Status WeightsImage::load(const std::string& path, FileKind kind, FileAccess access) {
  if (!kReadsItsOwnFiles) return Status::error(Code::kUnsupported, "files need a little-endian machine");
  InputFile file;
  if (Status s = file.open(path); !s.ok()) return s;
  if (Status s = file.read(&header_, std::min(file.size_bytes(), sizeof header_)); !s.ok()) return s;
  if (Status s = check_header(kind, file.size_bytes()); !s.ok()) return s;
  if (Status s = check_sizes(); !s.ok()) return s;
  if (Status s = read_head(&file); !s.ok()) return s;
  if (Status s = read_memory(&file, access); !s.ok()) return s;
  return check_content();
}

/// The fields that say what the file is, and whether it is all there.
Status WeightsImage::check_header(FileKind kind, size_t file_bytes) const {
  if (std::memcmp(header_.magic, kFileMagic, std::min(file_bytes, sizeof kFileMagic)) != 0 ||
      file_bytes < sizeof kFileMagic)
    return refuse("not a weights file of octavo");
  if (file_bytes < sizeof header_) return refuse("truncated: " + std::to_string(file_bytes) + " bytes");
  if (header_.version < kFirstVersion || header_.version > kLastVersion)
    return refuse("has version " + std::to_string(header_.version) + " of the format, this octavo reads versions " +
                  std::to_string(kFirstVersion) + " to " + std::to_string(kLastVersion));
  if (header_.file_bytes > file_bytes)
    return refuse("truncated: it was written with " + std::to_string(header_.file_bytes) + " bytes and has " +
                  std::to_string(file_bytes));
  if (header_.file_bytes < file_bytes)
    return refuse("has " + std::to_string(file_bytes - header_.file_bytes) + " bytes after its end");
  if (header_.kind == kind) return {};
  if (is_known(header_.kind))
    return refuse(std::string("holds ") + name_of(header_.kind) + ", expected " + name_of(kind));
  return refuse("holds an unknown kind of object: " + std::to_string(static_cast<uint32_t>(header_.kind)));
}

/// The fields that all arithmetic below relies on.
Status WeightsImage::check_sizes() const {
  const FileHeader& h = header_;
  if (h.k > kMaxSize || h.n > kMaxSize)
    return refuse("has impossible sizes: k " + std::to_string(h.k) + ", n " + std::to_string(h.n));
  if (h.section_count > kMaxSections || head_bytes(h.kind, h.section_count) > h.file_bytes)
    return refuse("has an impossible number of sections: " + std::to_string(h.section_count));
  return {};
}

WeightsForm WeightsImage::form() const {
  return {header_.version, header_.kind, header_.layout, header_.panel_columns, header_.panel_rows,
          header_.k,       header_.n,    layer_.group,   layer_.element};
}

/// Everything before the sections. It is checked before there is memory for them: a file may claim any size, and have
/// it without occupying a disk.
Status WeightsImage::read_head(InputFile* file) {
  std::vector<uint8_t> head(head_bytes(header_.kind, header_.section_count));
  std::memcpy(head.data(), &header_, sizeof header_);
  if (Status s = file->read(head.data() + sizeof header_, head.size() - sizeof header_); !s.ok()) return s;
  std::memset(head.data() + offsetof(FileHeader, checksum), 0, sizeof header_.checksum);
  if (xxh64(head.data(), head.size()) != header_.checksum)
    return refuse("damaged: the checksum of its header does not match");
  if (Status s = read_layer_header(head); !s.ok()) return s;
  if (!form().is_known()) return refuse("has weights in an unknown layout");
  return place_sections(head.data() + head_bytes(header_.kind, 0));
}

Status WeightsImage::read_layer_header(const std::vector<uint8_t>& head) {
  if (header_.kind == FileKind::kPackedWeights) return {};
  const uint8_t* layer = head.data() + sizeof header_;
  std::memcpy(&layer_, layer, sizeof layer_);
  const uint8_t* padding = layer + offsetof(LayerHeader, padding);
  const uint8_t* zeros = header_.kind == FileKind::kRowTable ? layer : layer + offsetof(LayerHeader, reserved);
  if (all_zero(zeros, layer + offsetof(LayerHeader, group)) && all_zero(padding, layer + sizeof layer_)) return {};
  return refuse("has reserved fields that are not 0");
}

Status WeightsImage::place_sections(const uint8_t* table) {
  uint64_t end = head_bytes(header_.kind, header_.section_count);
  uint32_t last = 0;
  for (size_t i = 0; i < header_.section_count; ++i) {
    SectionEntry entry;
    std::memcpy(&entry, table + i * sizeof entry, sizeof entry);
    if (static_cast<uint32_t>(entry.id) <= last) return refuse(name_of(entry.id) + " is out of order");
    if (Status s = check_place(entry, end); !s.ok()) return s;
    sections_[index_of(entry.id)] = {entry.offset, entry.bytes, entry.checksum};
    end = entry.offset + entry.bytes;
    last = static_cast<uint32_t>(entry.id);
  }
  if (end != header_.file_bytes) return refuse("has bytes that belong to no section");
  for (uint32_t id = 1; id <= kMaxSections; ++id)
    if (form().requires_section(static_cast<SectionId>(id)) && !has(static_cast<SectionId>(id)))
      return refuse("lacks " + name_of(static_cast<SectionId>(id)));
  return {};
}

/// One section, when what is before it ends at byte `end`.
Status WeightsImage::check_place(const SectionEntry& entry, uint64_t end) const {
  const std::string name = name_of(entry.id);
  if (!form().allows(entry.id) || entry.reserved != 0) return refuse(name + " is unknown");
  if (entry.offset % kSectionAlignment != 0) return refuse(name + " does not start at a multiple of 64 bytes");
  if (entry.offset > header_.file_bytes || entry.bytes > header_.file_bytes - entry.offset)
    return refuse(name + " reaches beyond the end of the file");
  if (entry.offset < end) return refuse(name + " overlaps what is before it");
  if (entry.offset != round_up(end, kSectionAlignment)) return refuse(stray_bytes(entry.id));
  if (!form().fits(entry.id, entry.bytes))
    return refuse(name + " has " + std::to_string(entry.bytes) + " bytes, which does not fit k and n");
  return {};
}

Status WeightsImage::read_memory(InputFile* file, FileAccess access) {
  const size_t bytes = file->size_bytes(), head = head_bytes(header_.kind, header_.section_count);
  if (access == FileAccess::kMap) memory_ = file->map();
  if (memory_ == nullptr) {
    const auto memory = std::make_shared<WeightMemory>();
    if (!memory->allocate(bytes))
      return Status::error(Code::kNative, "no memory for a file of " + std::to_string(bytes) + " bytes");
    if (Status s = file->read(memory->as<uint8_t>() + head, bytes - head); !s.ok()) return s;
    memory_ = std::shared_ptr<const void>(memory, memory->as<void>());
  }
  bytes_ = static_cast<const uint8_t*>(memory_.get());
  return {};
}

/// The sections, and the zeros between them.
Status WeightsImage::check_content() const {
  uint64_t end = head_bytes(header_.kind, header_.section_count);
  for (uint32_t number = 1; number <= kMaxSections; ++number) {
    const auto id = static_cast<SectionId>(number);
    if (!has(id)) continue;
    const auto [offset, bytes, checksum] = sections_[index_of(id)];
    if (!all_zero(bytes_ + end, bytes_ + offset)) return refuse(stray_bytes(id));
    if (xxh64(bytes_ + offset, bytes) != checksum)
      return refuse("damaged: the checksum of " + name_of(id) + " does not match");
    end = offset + bytes;
  }
  return {};
}

}  // namespace octavo
