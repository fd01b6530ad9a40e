// Files of the system: read whole, mapped, or replaced as a whole. Failures are kFile, told without the file's name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/status.h"

namespace octavo {

enum class FileAccess { kRead, kMap };

/// A regular file, open for reading from its beginning on.
class InputFile {
 public:
  InputFile() = default;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  /// `path` is UTF-8.
  Status open(const std::string& path);
  size_t size_bytes() const { return size_bytes_; }

  /// The next `bytes` bytes; an error if the file ends before.
  Status read(void* target, size_t bytes);
  /// The whole file as private read-only memory, or null where the system cannot. Whoever shortens a mapped file ends
  /// every process that reads what is gone.
  std::shared_ptr<const void> map() const;

 private:
  int descriptor_ = -1;
  size_t size_bytes_ = 0;
};

struct FilePart {
  const void* data;
  size_t bytes;
};

/// Puts `parts` in place of the file's content: a reader, a kill or a full disk meet the old file or the new one. They
/// go to a temporary file in the same folder, `.octavo-….tmp`, which is synced and renamed, or removed on failure; a
/// kill leaves it. `path` is UTF-8; a symbolic link stays, and the file that it names is replaced, permissions kept.
Status replace_file(const std::string& path, const std::vector<FilePart>& parts);

}  // namespace octavo
