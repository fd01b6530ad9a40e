#include "ops/file_io.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "core/random_id.h"
#include "ops/file_system.h"

namespace octavo {
namespace {

/// One call to the system moves at most this many bytes.
constexpr size_t kMaxChunkBytes = size_t{1} << 30;

/// "cannot read: no such file or directory"
Status failure(const char* action, int number) {
  std::string text = std::generic_category().message(number);
  if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a') text[0] += 'a' - 'A';
  return Status::error(Code::kFile, std::string("cannot ") + action + ": " + text);
}

Status check_path(const char* action, const std::string& path) {
  return path.find('\0') == std::string::npos ? Status() : failure(action, EINVAL);
}

Status write_part(int file, const FilePart& part) {
  for (size_t done = 0; done < part.bytes;) {
    const auto* data = static_cast<const char*>(part.data) + done;
    const int64_t wrote = write_some(file, data, std::min(kMaxChunkBytes, part.bytes - done));
    if (wrote < 0 && errno != EINTR) return failure("write", errno);
    if (wrote > 0) done += static_cast<size_t>(wrote);
  }
  return {};
}

Status write_and_sync(int file, const std::vector<FilePart>& parts) {
  Status status;
  for (const FilePart& part : parts)
    if (status.ok()) status = write_part(file, part);
  if (status.ok() && sync_file(file) != 0) status = failure("write", errno);
  if (close_file(file) != 0 && status.ok()) status = failure("write", errno);
  return status;
}

/// The file that a path stands for: what a symbolic link names, or a file that is not there yet.
struct Target {
  std::string path;
  bool exists;
  FileStatus status;
};

/// Nothing but a regular file is replaced.
Status find_target(const std::string& path, Target* target) {
  if (path.empty()) return failure("write", ENOENT);
  if (Status s = check_path("write", path); !s.ok()) return s;
  target->path = path;
  target->exists = real_path(path, &target->path) && status_of(target->path, &target->status) == 0;
  if (!target->exists || target->status.type == FileType::kRegular) return {};
  if (target->status.type == FileType::kFolder) return failure("write", EISDIR);
  return Status::error(Code::kFile, "cannot write: not a regular file");
}

}  // namespace

InputFile::~InputFile() {
  if (descriptor_ >= 0) close_file(descriptor_);
}

Status InputFile::open(const std::string& path) {
  if (Status s = check_path("read", path); !s.ok()) return s;
  descriptor_ = open_for_reading(path);
  FileStatus status;
  if (descriptor_ < 0 || status_of_open(descriptor_, &status) != 0) return failure("read", errno);
  if (status.type == FileType::kFolder) return failure("read", EISDIR);
  if (status.type != FileType::kRegular) return Status::error(Code::kFile, "cannot read: not a regular file");
  size_bytes_ = status.size_bytes;
  return {};
}

Status InputFile::read(void* target, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    const int64_t got =
        read_some(descriptor_, static_cast<char*>(target) + done, std::min(kMaxChunkBytes, bytes - done));
    if (got == 0) return Status::error(Code::kFile, "became shorter while it was read");
    if (got < 0 && errno != EINTR) return failure("read", errno);
    if (got > 0) done += static_cast<size_t>(got);
  }
  return {};
}

std::shared_ptr<const void> InputFile::map() const { return map_file(descriptor_, size_bytes_); }

Status replace_file(const std::string& path, const std::vector<FilePart>& parts) {
  Target target;
  if (Status s = find_target(path, &target); !s.ok()) return s;
  const std::string folder = folder_of(target.path);
  const std::string temporary = folder + "/.octavo-" + random_id() + ".tmp";
  const int file = create_file(temporary);
  if (file < 0) return failure("write", errno);
  if (target.exists) set_permissions(temporary, target.status.permissions);
  Status status = write_and_sync(file, parts);
  if (status.ok() && rename_file(temporary, target.path) != 0) status = failure("write", errno);
  if (!status.ok())
    remove_file(temporary);
  else
    sync_folder(folder);
  return status;
}

}  // namespace octavo
