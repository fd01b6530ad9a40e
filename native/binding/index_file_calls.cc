// compactIndex, saveIndex, loadIndex, reportMemory.
#include "binding/calls.h"
#include "binding/handles.h"
#include "ops/index_file.h"

namespace octavo {
namespace {

/// (index)
class CompactIndexCall : public Call {
 public:
  explicit CompactIndexCall(Arguments& args) : index_(index_of(args.env(), args.at(0), "index")) {}
  Status run() override { return index_->compact(); }

 private:
  std::shared_ptr<VectorIndex> index_;
};

/// (index, path)
class SaveIndexCall : public Call {
 public:
  explicit SaveIndexCall(Arguments& args)
      : index_(index_of(args.env(), args.at(0), "index")), path_(args.text(1, "path")) {}
  Status run() override { return save_index(*index_, path_); }

 private:
  std::shared_ptr<VectorIndex> index_;
  std::string path_;
};

/// (path, map)
class LoadIndexCall : public Call {
 public:
  explicit LoadIndexCall(Arguments& args)
      : path_(args.text(0, "path")), access_(args.boolean(1, "map") ? FileAccess::kMap : FileAccess::kRead) {}
  Status run() override { return load_index(path_, access_, &index_); }
  Napi::Value result(Napi::Env env) override {
    return make_handle(env, std::make_shared<OpenIndex>(OpenIndex{std::move(index_)}));
  }

 private:
  std::string path_;
  FileAccess access_;
  std::shared_ptr<VectorIndex> index_;
};

/// (handle)
void report(const Napi::CallbackInfo& info) { report_memory(info.Env(), info[0]); }

}  // namespace

void export_index_file_calls(Napi::Env env, Napi::Object exports) {
  export_call<CompactIndexCall>(env, exports, "compactIndex");
  export_call<SaveIndexCall>(env, exports, "saveIndex");
  export_call<LoadIndexCall>(env, exports, "loadIndex");
  exports.Set("reportMemory", Napi::Function::New<report>(env, "reportMemory"));
}

}  // namespace octavo
