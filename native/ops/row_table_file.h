// Tables of embeddings in weights files. Failures that have to do with the file are kFile.
#pragma once

#include <string>

#include "kernels/kernels.h"
#include "ops/file_io.h"
#include "ops/row_table.h"

namespace octavo {

/// The same bytes for the same table, whatever the kernel set.
Status save_row_table(const RowTable& table, const std::string& path);
/// What save_row_table wrote, used where it lies in the file's image. Everything is checked before it is used.
Status load_row_table(const KernelSet& set, const std::string& path, FileAccess access, RowTable* table);

}  // namespace octavo
