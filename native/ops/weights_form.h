// What the layouts of a weights file consist of: which sections there are, and how large each is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "ops/weights_format.h"

namespace octavo {

/// All that the sizes of a file's sections follow from.
struct WeightsForm {
  uint32_t version;
  FileKind kind;
  FileLayout layout;
  uint32_t panel_columns, panel_rows;
  uint64_t k, n, group;
  FileElement element;

  /// False for layouts that the version does not have, and for panels and groups that the layout does not.
  bool is_known() const;
  /// Sections that files of this form may have, and those that they must.
  bool allows(SectionId id) const;
  bool requires_section(SectionId id) const;
  bool fits(SectionId id, uint64_t bytes) const;

 private:
  bool has_known_panels() const;
  uint64_t panel_bytes() const;
};

/// "section 1 (panels)".
std::string name_of(SectionId id);

}  // namespace octavo
