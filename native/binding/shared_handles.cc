#include "binding/shared_handles.h"

#include <algorithm>

#include "core/random_id.h"

namespace octavo {

SharedHandles& SharedHandles::instance() {
  static SharedHandles handles;
  return handles;
}

std::string SharedHandles::share(Handle& handle) {
  const std::lock_guard lock(mutex_);
  if (handle.shared_id.empty()) {
    if (entries_.size() >= next_drop_) drop_expired();
    std::string id = random_id();
    entries_.emplace(id, Entry{handle.int8, handle.float32, handle.int4, handle.layer});
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
