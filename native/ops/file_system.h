// What the systems do differently with files, in the manner of POSIX: a negative result is a failure that errno names.
// Paths are UTF-8 without NUL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace octavo {

enum class FileType { kRegular, kFolder, kOther };

struct FileStatus {
  FileType type = FileType::kOther;
  size_t size_bytes = 0;
  unsigned permissions = 0;  // the nine of POSIX, as far as the system has them
};

/// A descriptor; others may replace or remove the file meanwhile.
int open_for_reading(const std::string& path);
/// A descriptor of a file that was not there before, with the permissions of any other.
int create_file(const std::string& path);
int status_of_open(int file, FileStatus* status);
/// Follows symbolic links.
int status_of(const std::string& path, FileStatus* status);
/// At most 1 GiB at a time.
int64_t read_some(int file, void* target, size_t bytes);
int64_t write_some(int file, const void* data, size_t bytes);
int sync_file(int file);
int close_file(int file);
/// The whole file as private read-only memory; null where the system cannot, or bytes is 0.
std::shared_ptr<const void> map_file(int file, size_t bytes);

/// Where a path leads to, absolute and without symbolic links; false, and `real` as it was, where nothing is there.
bool real_path(const std::string& path, std::string* real);
/// All before the last name, "." where there is nothing.
std::string folder_of(const std::string& path);
void set_permissions(const std::string& path, unsigned permissions);
/// Replaces what is at `to`.
int rename_file(const std::string& from, const std::string& to);
void remove_file(const std::string& path);
/// Makes a rename in the folder durable, where the system can.
void sync_folder(const std::string& folder);

}  // namespace octavo
