// A weights file in memory, its head and its sections checked against each other.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/status.h"
#include "ops/file_io.h"
#include "ops/weights_form.h"

namespace octavo {

class WeightsImage {
 public:
  /// Ok only for a file of this kind, complete and undamaged, in which every section is where the format wants it, has
  /// a size that fits k, n and the panels, and nothing lies between the sections.
  Status load(const std::string& path, FileKind kind, FileAccess access);

  const FileHeader& header() const { return header_; }
  WeightsForm form() const;
  /// Of a layer's file.
  const LayerHeader& layer() const { return layer_; }
  bool has(SectionId id) const { return sections_[index_of(id)].bytes != kAbsent; }
  size_t size_bytes(SectionId id) const { return has(id) ? sections_[index_of(id)].bytes : 0; }
  /// Null for a section that the file does not have.
  template <typename T>
  const T* section(SectionId id) const {
    return has(id) ? reinterpret_cast<const T*>(bytes_ + sections_[index_of(id)].offset) : nullptr;
  }
  /// As section(), keeping the image alive.
  std::shared_ptr<const void> hold(SectionId id) const { return {memory_, section<uint8_t>(id)}; }

 private:
  static constexpr uint64_t kAbsent = UINT64_MAX;
  struct Place {
    uint64_t offset = 0, bytes = kAbsent, checksum = 0;
  };
  static size_t index_of(SectionId id) { return static_cast<size_t>(id) - 1; }

  Status check_header(FileKind kind, size_t file_bytes) const;
  Status check_sizes() const;
  Status read_head(InputFile* file);
  Status read_layer_header(const std::vector<uint8_t>& head);
  Status place_sections(const uint8_t* table);
  Status check_place(const SectionEntry& entry, uint64_t end) const;
  Status read_memory(InputFile* file, FileAccess access);
  Status check_content() const;

  std::shared_ptr<const void> memory_;
  const uint8_t* bytes_ = nullptr;
  FileHeader header_ = {};
  LayerHeader layer_ = {};
  Place sections_[kMaxSections];
};

}  // namespace octavo
