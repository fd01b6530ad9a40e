#include "binding/async_job.h"

#include <algorithm>
#include <atomic>
#include <exception>

#include "binding/arguments.h"

namespace octavo {
namespace {

// Environments with this addon loaded; the last one to go takes the pool's threads with it, so that the library may be
// unloaded afterwards.
std::atomic<int> environments{0};

/// What continues after a promise may take a while, and all that a turn of the event loop settles continues in it.
constexpr size_t kJobsInATurn = 8;

}  // namespace

struct JobHost::Job {
  uint64_t id;
  std::unique_ptr<Call> call;
  Napi::Promise::Deferred deferred;
  std::vector<Napi::ObjectReference> pinned;
  std::shared_ptr<PoolJob> work;
  Status status;
  bool cancelled = false;  // its promise has settled; seen by the environment's thread only

  void run() noexcept {
    try {
      status = call->run();
    } catch (const std::exception& error) {
      status = Status::error(Code::kNative, error.what());
    }
  }
};

JobHost::JobHost(Napi::Env env) {
  ++environments;
  signal_ = SignalFunction::New(env, "octavo", 0, 1, this);
  signal_.Unref(env);
  // Registered after the signal's own hook, so it runs before it: no job signals a closed function.
  env.AddCleanupHook([](JobHost* host) { host->close(); }, this);
}

JobHost::~JobHost() = default;

Napi::Value JobHost::start(Napi::Env env, std::unique_ptr<Call> call, std::vector<Napi::ObjectReference> pinned) {
  auto job = std::make_shared<Job>(
      Job{latest_ + 1, std::move(call), Napi::Promise::Deferred::New(env), std::move(pinned), nullptr, Status()});
  job->work = std::make_shared<PoolJob>([this, raw = job.get()] {
    raw->run();
    finish(raw->id);
  });
  {
    const std::lock_guard lock(mutex_);
    if (pending_.empty() && finished_.empty()) signal_.Ref(env);
    pending_.emplace(job->id, job);
    latest_ = job->id;
  }
  if (!job->call->submit(job->work)) {
    job->status = Status::error(Code::kNative, "the system gives no thread for an asynchronous call");
    finish(job->id);
  }
  return job->deferred.Promise();
}

/// On any thread: hands a job that ran over to the environment's thread.
void JobHost::finish(uint64_t id) {
  const std::lock_guard lock(mutex_);
  finished_.push_back(std::move(pending_.extract(id).mapped()));
  if (!closed_ && !delivering_) {
    delivering_ = true;
    signal_.NonBlockingCall();
  }
  changed_.notify_all();
}

void JobHost::on_signal(Napi::Env env, Napi::Function, JobHost* host, void*) {
  if (static_cast<napi_env>(env) == nullptr) return;
  host->deliver(env);
  host->deliver_next_turn(env);
}

/// Goes on when the event loop has seen to others: a signal that comes while one is served would be served at once, and
/// callers that start a call for each one that ends would have the loop for themselves.
void JobHost::deliver_next_turn(Napi::Env env) {
  const auto turn = [this](const Napi::CallbackInfo& info) {
    {
      const std::lock_guard lock(mutex_);
      delivering_ = !finished_.empty();
      if (!delivering_) return;
    }
    deliver(info.Env());
    deliver_next_turn(info.Env());
  };
  if (set_immediate_.IsEmpty()) {  // nobody has initialized the addon
    const std::lock_guard lock(mutex_);
    delivering_ = !finished_.empty();
    if (delivering_) signal_.NonBlockingCall();
    return;
  }
  try {
    set_immediate_.Call({Napi::Function::New(env, turn)});
  } catch (const Napi::Error&) {
    // The environment is ending, and nobody waits any more.
  }
}

/// Settles the promises of some finished jobs, the oldest first.
void JobHost::deliver(Napi::Env env) {
  std::vector<std::shared_ptr<Job>> jobs;
  {
    const std::lock_guard lock(mutex_);
    while (jobs.size() < kJobsInATurn && !finished_.empty()) {
      jobs.push_back(std::move(finished_.front()));
      finished_.pop_front();
    }
    if (pending_.empty() && finished_.empty() && !jobs.empty()) signal_.Unref(env);
  }
  for (const std::shared_ptr<Job>& job : jobs) {
    if (job->cancelled) continue;
    const Napi::HandleScope scope(env);
    try {
      throw_if_failed(env, job->status);
      const Napi::Value result = job->call->result(env);
      job->deferred.Resolve(result.IsEmpty() ? env.Undefined() : result);
    } catch (const Napi::Error& error) {
      job->deferred.Reject(error.Value());
    }
  }
}

/// The job whose promise has not settled yet, out of the queue if it still was there; null if there is none.
std::shared_ptr<JobHost::Job> JobHost::take(Napi::Env env, uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = pending_.find(id);
  if (found == pending_.end()) {
    const auto done = std::find_if(finished_.begin(), finished_.end(), [&](const auto& job) { return job->id == id; });
    return done == finished_.end() ? nullptr : *done;
  }
  std::shared_ptr<Job> job = found->second;
  if (ThreadPool::instance().cancel(job->work)) {
    pending_.erase(found);
    if (pending_.empty() && finished_.empty()) signal_.Unref(env);
  }
  return job;
}

bool JobHost::cancel(Napi::Env env, uint64_t id, Napi::Value reason) {
  const std::shared_ptr<Job> job = take(env, id);
  if (job == nullptr || job->cancelled) return false;
  job->cancelled = true;
  job->deferred.Reject(reason);
  return true;
}

void JobHost::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  std::erase_if(pending_, [](const auto& entry) { return ThreadPool::instance().cancel(entry.second->work); });
  changed_.wait(lock, [this] { return pending_.empty(); });
  const auto finished = std::move(finished_);
  finished_.clear();
  lock.unlock();
  if (--environments == 0) ThreadPool::instance().stop();
}

}  // namespace octavo
