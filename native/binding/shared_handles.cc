#include "binding/shared_handles.h"

#include <algorithm>
#include <random>

namespace octavo {
namespace {

/// 128 bits of the system's randomness in hexadecimal: unique in time and over processes.
std::string random_id() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::random_device device;
  std::string id;
  while (id.size() < 32)
    for (uint32_t bits = device(), i = 0; i < 8; ++i, bits >>= 4) id += kDigits[bits & 15];
  return id;
}

}  // namespace

SharedHandles& SharedHandles::instance() {
  static SharedHandles handles;
  return handles;
}

std::string SharedHandles::share(Handle& handle) {
  const std::lock_guard lock(mutex_);
  if (handle.shared_id.empty()) {
    if (entries_.size() >= next_drop_) drop_expired();
    std::string id = random_id();
    entries_.emplace(id, Entry{handle.int8, handle.float32, handle.layer});
    handle.shared_id = std::move(id);
  }
  return handle.shared_id;
}

Handle SharedHandles::open(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return {};
  Handle handle = found->second.lock();
  handle.shared_id = id;
  return handle;
}

void SharedHandles::drop_expired() {
  std::erase_if(entries_, [](const auto& entry) { return entry.second.lock().disposed(); });
  next_drop_ = std::max<size_t>(64, 2 * entries_.size());
}

}  // namespace octavo
