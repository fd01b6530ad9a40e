// The export table of the addon, and what one environment sets up.
#include <napi.h>

#include "binding/calls.h"
#include "binding/handles.h"
#include "binding/instance.h"
#include "binding/version.h"
#include "dispatch/dispatch.h"
#include "ops/thread_count.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

const char* code_name(Code code) {
  switch (code) {
    case Code::kShape:
      return "ERR_SHAPE";
    case Code::kDtype:
      return "ERR_DTYPE";
    case Code::kRange:
      return "ERR_RANGE";
    case Code::kDisposed:
      return "ERR_DISPOSED";
    case Code::kUnsupported:
      return "ERR_UNSUPPORTED";
    case Code::kFile:
      return "ERR_FILE";
    case Code::kMemory:
      return "ERR_MEMORY";
    case Code::kDevice:
      return "ERR_DEVICE";
    default:
      return "ERR_NATIVE";
  }
}

/// The first environment sets the pool's size from the process's limits; later ones find it as it is.
Status set_up_threads() {
  static const Status status = [] {
    size_t threads = 1;
    Status found = default_threads(&threads);
    ThreadPool::instance().set_threads(threads);
    return found;
  }();
  return status;
}

/// (factory, setImmediate): from here on errors are the facade's. Refuses to go on with settings that cannot be obeyed.
void initialize(const Napi::CallbackInfo& info) {
  if (!info[0].IsFunction() || !info[1].IsFunction())
    throw Napi::TypeError::New(info.Env(), "initialize takes the error factory and setImmediate");
  Instance& instance = Instance::of(info.Env());
  instance.error_factory = Napi::Persistent(info[0].As<Napi::Function>());
  instance.jobs.use_immediates(info[1].As<Napi::Function>());
  throw_if_failed(info.Env(), kernel_set_status());
  throw_if_failed(info.Env(), set_up_threads());
}

Napi::Value isa(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), active_kernel_set().name); }

Napi::Value available_isas(const Napi::CallbackInfo& info) {
  const Napi::Array names = Napi::Array::New(info.Env());
  for (const KernelSet* set : available_kernel_sets()) names.Set(names.Length(), set->name);
  return names;
}

Napi::Value get_threads(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(ThreadPool::instance().threads()));
}

void set_threads(const Napi::CallbackInfo& info) {
  const size_t threads = to_size(info.Env(), info[0], "threads");
  if (threads < 1 || threads > kMaxThreads) throw_error(info.Env(), Code::kRange, "threads must be from 1 to 1024");
  ThreadPool::instance().set_threads(threads);
}

Napi::Value latest_job(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(Instance::of(info.Env()).jobs.latest()));
}

/// (job, reason)
Napi::Value cancel_job(const Napi::CallbackInfo& info) {
  const size_t job = to_size(info.Env(), info[0], "job");
  return Napi::Boolean::New(info.Env(), Instance::of(info.Env()).jobs.cancel(info.Env(), job, info[1]));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Instance(env));
  exports.Set("version", kVersion);
  exports.Set("initialize", Napi::Function::New<initialize>(env, "initialize"));
  exports.Set("isa", Napi::Function::New<isa>(env, "isa"));
  exports.Set("availableIsas", Napi::Function::New<available_isas>(env, "availableIsas"));
  exports.Set("getThreads", Napi::Function::New<get_threads>(env, "getThreads"));
  exports.Set("setThreads", Napi::Function::New<set_threads>(env, "setThreads"));
  exports.Set("latestJob", Napi::Function::New<latest_job>(env, "latestJob"));
  exports.Set("cancelJob", Napi::Function::New<cancel_job>(env, "cancelJob"));
  exports.Set("handleBytes", Napi::Function::New<handle_bytes>(env, "handleBytes"));
  exports.Set("dispose", Napi::Function::New<dispose_handle>(env, "dispose"));
  export_attention_calls(env, exports);
  export_calibrate_calls(env, exports);
  export_cuda_calls(env, exports);
  export_cuda_observe_calls(env, exports);
  export_cuda_quantize_calls(env, exports);
  export_cuda_contest_calls(env, exports);
  export_cuda_measure_calls(env, exports);
  export_cuda_layer_calls(env, exports);
  export_encode_calls(env, exports);
  export_gemm_calls(env, exports);
  export_float_weight_calls(env, exports);
  export_gptq_calls(env, exports);
  export_index_calls(env, exports);
  export_int4_calls(env, exports);
  export_linear_calls(env, exports);
  export_measure_calls(env, exports);
  export_quantize_calls(env, exports);
  export_quantize_type_calls(env, exports);
  export_row_table_calls(env, exports);
  export_sketch_calls(env, exports);
  export_turbo_calls(env, exports);
  export_weight_calls(env, exports);
  return exports;
}

}  // namespace

void throw_error(Napi::Env env, Code code, const std::string& message) {
  const Napi::FunctionReference& factory = Instance::of(env).error_factory;
  if (factory.IsEmpty()) throw Napi::Error::New(env, message);
  const Napi::Value error = factory.Call({Napi::String::New(env, code_name(code)), Napi::String::New(env, message)});
  throw Napi::Error(env, error);
}

void throw_if_failed(Napi::Env env, const Status& status) {
  if (!status.ok()) throw_error(env, status.code, status.message);
}

}  // namespace octavo

static Napi::Object init_octavo(Napi::Env env, Napi::Object exports) { return octavo::init(env, exports); }
NODE_API_MODULE(octavo, init_octavo)
