// createIndex, indexInfo, indexAdd, indexRemove, indexHas, indexSearch, indexScore, indexCompact, saveIndex, loadIndex.
#include <limits>

#include "binding/calls.h"
#include "binding/handles.h"
#include "binding/matrix_input.h"
#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "ops/index_file.h"
#include "ops/index_search.h"

namespace octavo {
namespace {

Napi::Value handle_of_index(Napi::Env env, std::shared_ptr<VectorIndex> index) {
  return make_handle(env, std::make_shared<OpenIndex>(OpenIndex{std::move(index)}));
}

/// A number below `count` as one of an enumeration.
template <typename Enum>
Enum choice(Arguments& args, size_t at, const char* name, size_t count) {
  const size_t value = args.size(at, name);
  if (value >= count) throw_error(args.env(), Code::kRange, std::string(name) + " must be the number of a choice");
  return static_cast<Enum>(value);
}

/// (dim, rows, bits, metric, scale, kept, seedLow, seedHigh): choices by their numbers, the seed in two halves
class CreateIndexCall : public Call {
 public:
  explicit CreateIndexCall(Arguments& args) {
    spec_.dim = args.size(0, "dim");
    spec_.rows = choice<IndexRows>(args, 1, "rows", 3);
    spec_.bits = args.size(2, "bits");
    spec_.metric = choice<IndexMetric>(args, 3, "metric", 3);
    spec_.scale = choice<TurboScale>(args, 4, "scale", 4);
    spec_.kept = choice<KeptRows>(args, 5, "kept", 4);
    const size_t low = args.size(6, "seedLow"), high = args.size(7, "seedHigh");
    if (low > UINT32_MAX || high > UINT32_MAX)
      throw_error(args.env(), Code::kRange, "halves of the seed must be below 2^32");
    spec_.seed = static_cast<uint64_t>(high) << 32 | low;
    const size_t fixed = spec_.rows == IndexRows::kInt8 ? 8 : spec_.rows == IndexRows::kFloat32 ? 32 : spec_.bits;
    if (spec_.bits != fixed) throw_error(args.env(), Code::kRange, "bits must be those of the rows");
  }
  Status run() override { return VectorIndex::make(spec_, &index_); }
  Napi::Value result(Napi::Env env) override { return handle_of_index(env, std::move(index_)); }

 private:
  IndexSpec spec_;
  std::shared_ptr<VectorIndex> index_;
};

Napi::Value index_info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto index = index_of(env, info[0], "index");
  const IndexSpec& spec = index->spec();
  const Napi::Object result = Napi::Object::New(env);
  const auto set = [&](const char* name, auto value) { result.Set(name, static_cast<double>(value)); };
  set("dim", spec.dim);
  set("rows", spec.rows);
  set("bits", spec.bits);
  set("metric", spec.metric);
  set("scale", spec.scale);
  set("kept", spec.kept);
  set("seedLow", static_cast<uint32_t>(spec.seed));
  set("seedHigh", static_cast<uint32_t>(spec.seed >> 32));
  set("size", index->size());
  set("bytes", index->size_bytes());
  result.Set("nextId", Napi::BigInt::New(env, index->next_id()));
  return result;
}

/// (index, x, rows, xRowStride, ids or null, firstId): firstId[0] receives the id of the first row that has none
class IndexAddCall : public Call {
 public:
  explicit IndexAddCall(Arguments& args)
      : index_(index_of(args.env(), args.at(0), "index")),
        x_(args.input<float>(1, "x")),
        rows_(args.size(2, "rows")),
        stride_(args.size(3, "xRowStride")),
        ids_(args.optional_input<int64_t>(4, "ids")),
        first_(args.output<int64_t>(5, "firstId")) {
    check_matrix(args.env(), {"x", x_.length, rows_, index_->spec().dim, stride_});
    if (ids_.data != nullptr && ids_.length != rows_)
      throw_error(args.env(), Code::kShape, "ids must have one for each row");
    if (first_.length != 1) throw_error(args.env(), Code::kShape, "firstId must have one value");
  }
  Status run() override { return index_->add(active_kernel_set(), {x_.data, stride_, rows_}, ids_.data, first_.data); }

 private:
  std::shared_ptr<VectorIndex> index_;
  Input<float> x_;
  size_t rows_, stride_;
  Input<int64_t> ids_;
  Output<int64_t> first_;
};

/// (index, ids)
class IndexRemoveCall : public Call {
 public:
  explicit IndexRemoveCall(Arguments& args)
      : index_(index_of(args.env(), args.at(0), "index")), ids_(args.input<int64_t>(1, "ids")) {}
  Status run() override {
    removed_ = index_->remove(ids_.data, ids_.length);
    return {};
  }
  Napi::Value result(Napi::Env env) override { return Napi::Number::New(env, static_cast<double>(removed_)); }

 private:
  std::shared_ptr<VectorIndex> index_;
  Input<int64_t> ids_;
  size_t removed_ = 0;
};

/// (index, ids): whether all of them are there
class IndexHasCall : public Call {
 public:
  explicit IndexHasCall(Arguments& args)
      : index_(index_of(args.env(), args.at(0), "index")), ids_(args.input<int64_t>(1, "ids")) {}
  Status run() override {
    for (size_t i = 0; i < ids_.length; ++i) all_ = all_ && index_->has(ids_.data[i]);
    return {};
  }
  Napi::Value result(Napi::Env env) override { return Napi::Boolean::New(env, all_); }

 private:
  std::shared_ptr<VectorIndex> index_;
  Input<int64_t> ids_;
  bool all_ = true;
};

/// (index, queries, count, queryRowStride, k, candidates, filter or null, ids, scores)
class IndexSearchCall : public Call {
 public:
  explicit IndexSearchCall(Arguments& args)
      : index_(index_of(args.env(), args.at(0), "index")),
        queries_(args.input<float>(1, "queries")),
        filter_(args.optional_input<uint8_t>(6, "filter")),
        ids_(args.output<int64_t>(7, "ids")),
        scores_(args.output<float>(8, "scores")) {
    search_ = {queries_.data,     args.size(2, "count"),      args.size(3, "queryRowStride"),
               args.size(4, "k"), args.size(5, "candidates"), filter_.data,
               filter_.length};
    check_matrix(args.env(), {"queries", queries_.length, search_.count, index_->spec().dim, search_.stride});
    const size_t found = multiply_sizes(search_.count, search_.k);
    if (ids_.length != found || scores_.length != found)
      throw_error(args.env(), Code::kShape, "ids and scores must hold count times k values");
    require_disjoint(args.env(), scores_, queries_, "queries");
    require_disjoint(args.env(), ids_, queries_, "queries");
    require_disjoint(args.env(), ids_.data, ids_.length * sizeof(int64_t), scores_.data, scores_.length * sizeof(float),
                     "scores");
  }
  Status run() override { return search_index(active_kernel_set(), *index_, search_, {ids_.data, scores_.data}); }

 private:
  std::shared_ptr<VectorIndex> index_;
  Input<float> queries_;
  Input<uint8_t> filter_;
  Output<int64_t> ids_;
  Output<float> scores_;
  IndexSearch search_;
};

/// (index, queries, count, queryRowStride, vectors, perQuery, scores): exact scores of [count, perQuery, dim] vectors
class IndexScoreCall : public Call {
 public:
  explicit IndexScoreCall(Arguments& args)
      : index_(index_of(args.env(), args.at(0), "index")),
        queries_(args.input<float>(1, "queries")),
        rows_{queries_.data, args.size(3, "queryRowStride"), args.size(2, "count")},
        vectors_(args.input<float>(4, "vectors")),
        each_(args.size(5, "perQuery")),
        scores_(args.output<float>(6, "scores")) {
    const size_t dim = index_->spec().dim, all = multiply_sizes(rows_.rows, each_);
    check_matrix(args.env(), {"queries", queries_.length, rows_.rows, dim, rows_.stride});
    if (vectors_.length != multiply_sizes(all, dim) || scores_.length != all)
      throw_error(args.env(), Code::kShape, "vectors and scores must be those of count times perQuery rows");
    require_disjoint(args.env(), scores_, queries_, "queries");
    require_disjoint(args.env(), scores_, vectors_, "vectors");
  }
  Status run() override { return score_exactly(index_->spec(), rows_, vectors_.data, each_, scores_.data); }

 private:
  std::shared_ptr<VectorIndex> index_;
  Input<float> queries_;
  VectorRows<const float> rows_;
  Input<float> vectors_;
  size_t each_;
  Output<float> scores_;
};

}  // namespace

void export_index_calls(Napi::Env env, Napi::Object exports) {
  export_function(env, exports, "createIndex", call_now<CreateIndexCall>);
  exports.Set("indexInfo", Napi::Function::New<index_info>(env, "indexInfo"));
  export_call<IndexAddCall>(env, exports, "indexAdd");
  export_function(env, exports, "indexRemove", call_now<IndexRemoveCall>);
  export_function(env, exports, "indexHas", call_now<IndexHasCall>);
  export_call<IndexSearchCall>(env, exports, "indexSearch");
  export_call<IndexScoreCall>(env, exports, "indexScore");
  export_index_file_calls(env, exports);
}

}  // namespace octavo
