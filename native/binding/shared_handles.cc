#include "binding/shared_handles.h"

#include <algorithm>

#include "core/random_id.h"

namespace octavo {
namespace {

HandleTypes::Weak observe(const std::monostate&) { return {}; }
template <typename T>
HandleTypes::Weak observe(const std::shared_ptr<const T>& object) {
  return std::weak_ptr<const T>(object);
}

HandleTypes::Strong lock(const std::monostate&) { return {}; }
template <typename T>
HandleTypes::Strong lock(const std::weak_ptr<const T>& observed) {
  std::shared_ptr<const T> object = observed.lock();
  if (object == nullptr) return {};
  return object;
}

/// A handle of what is observed; a disposed one if that is gone.
Handle handle_of(const HandleTypes::Weak& observed) {
  return {std::visit([](const auto& object) { return lock(object); }, observed), {}};
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
    entries_.emplace(id, std::visit([](const auto& object) { return observe(object); }, handle.object));
    handle.shared_id = std::move(id);
  }
  return handle.shared_id;
}

Handle SharedHandles::open(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return {};
  Handle handle = handle_of(found->second);
  handle.shared_id = id;
  return handle;
}

void SharedHandles::drop_expired() {
  std::erase_if(entries_, [](const auto& entry) { return handle_of(entry.second).disposed(); });
  next_drop_ = std::max<size_t>(64, 2 * entries_.size());
}

}  // namespace octavo
