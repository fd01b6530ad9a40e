// What one environment (the main thread or a worker thread) keeps: the error factory and its asynchronous jobs.
#pragma once

#include <napi.h>

#include <memory>

#include "binding/async_job.h"

namespace octavo {

struct Instance {
  explicit Instance(Napi::Env env) : jobs(env) {}

  Napi::FunctionReference error_factory;
  JobHost jobs;

  static Instance& of(Napi::Env env) { return *env.GetInstanceData<Instance>(); }
};

}  // namespace octavo
