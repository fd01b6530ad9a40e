// Asynchronous calls: they run on the pool, or wait for a device on its own thread, and their promises settle on the
// environment's own thread.
#pragma once

#include <napi.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "core/status.h"
#include "ops/thread_pool.h"

namespace octavo {

/// One call, its arguments checked and owned. run() may be on any thread and must not touch Node.
class Call {
 public:
  virtual ~Call() = default;
  virtual Status run() = 0;
  /// Queues `job`, which calls run(): on the pool, unless what is waited for is no CPU. False if there is no thread.
  virtual bool submit(std::shared_ptr<PoolJob> job) { return ThreadPool::instance().submit(std::move(job)); }
  /// What the call returns to JavaScript, made on the environment's thread after run() succeeded; empty for undefined.
  virtual Napi::Value result(Napi::Env) { return {}; }
};

/// The jobs of one environment. When the environment ends, queued jobs are dropped and running ones are waited for.
class JobHost {
 public:
  explicit JobHost(Napi::Env env);
  ~JobHost();
  /// Node's own setImmediate, by which a turn of the event loop comes after another.
  void use_immediates(Napi::Function set_immediate) { set_immediate_ = Napi::Persistent(set_immediate); }
  JobHost(const JobHost&) = delete;
  JobHost& operator=(const JobHost&) = delete;

  /// Queues the call and returns its promise. `pinned` stays alive until the job is over.
  Napi::Value start(Napi::Env env, std::unique_ptr<Call> call, std::vector<Napi::ObjectReference> pinned);
  /// The number of the job that start() queued last.
  uint64_t latest() const { return latest_; }
  /// Rejects a job's promise with `reason`, now. A job that has not begun never does, and what it holds is let go; one
  /// that has goes on to its end for nothing. False if it is over, or was cancelled before.
  bool cancel(Napi::Env env, uint64_t id, Napi::Value reason);

 private:
  struct Job;
  struct Signal;

  void finish(uint64_t id);
  std::shared_ptr<Job> take(Napi::Env env, uint64_t id);
  void deliver(Napi::Env env);
  void deliver_next_turn(Napi::Env env);
  void close();
  static void on_signal(Napi::Env env, Napi::Function, JobHost* host, void*);
  using SignalFunction = Napi::TypedThreadSafeFunction<JobHost, void, &JobHost::on_signal>;

  SignalFunction signal_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<uint64_t, std::shared_ptr<Job>> pending_;  // queued or running
  std::deque<std::shared_ptr<Job>> finished_;         // waiting for delivery
  bool delivering_ = false;                           // a signal or a turn of the event loop will see to them
  Napi::FunctionReference set_immediate_;
  uint64_t latest_ = 0;
  bool closed_ = false;
};

}  // namespace octavo
