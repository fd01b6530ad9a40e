// Sections on their way into a weights file.
#pragma once

#include <string>
#include <vector>

#include "core/status.h"
#include "ops/weights_format.h"

namespace octavo {

struct Section {
  SectionId id;
  const void* data;
  size_t bytes;
};

/// Writes the file as a whole. Of the header, sizes and checksums are filled in; `layer` follows it for the kinds that
/// have one. Sections are in the order of their numbers.
Status write_image(const std::string& path, FileHeader header, const LayerHeader* layer,
                   const std::vector<Section>& sections);

}  // namespace octavo
