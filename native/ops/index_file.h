// Indexes in files.
#pragma once

#include <string>

#include "ops/file_io.h"
#include "ops/vector_index.h"

namespace octavo {

/// Puts the index, as it is at the beginning of the call and without what was removed, in place of the file's content:
/// replace_file() has the promises.
Status save_index(const VectorIndex& index, const std::string& path);

/// kFile for what is not such a file, of another version, damaged, or cut off. A mapped file must not be shortened
/// while the index lives.
Status load_index(const std::string& path, FileAccess access, std::shared_ptr<VectorIndex>* index);

}  // namespace octavo
