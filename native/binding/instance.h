// What one environment (the main thread or a worker thread) keeps: the error factory, its asynchronous jobs, its
// handles.
#pragma once

#include <napi.h>

#include <memory>

#include "binding/async_job.h"
#include "binding/handles.h"

namespace octavo {

struct Instance {
  explicit Instance(Napi::Env env) : jobs(env) {}

  Napi::FunctionReference error_factory;
  JobHost jobs;
  std::shared_ptr<HandleRegistry> handles = std::make_shared<HandleRegistry>();

  static Instance& of(Napi::Env env) { return *env.GetInstanceData<Instance>(); }
};

}  // namespace octavo
