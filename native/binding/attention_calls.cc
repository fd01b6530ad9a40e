// attentionFloat, attendKv and their asynchronous forms; storeKvCodes, storeKvHalves, widenKvHalves.
#include "binding/calls.h"
#include "binding/handles.h"
#include "binding/kv_input.h"
#include "dispatch/dispatch.h"
#include "ops/attention.h"
#include "ops/kv_attention.h"
#include "ops/kv_store.h"

namespace octavo {
namespace {

size_t product(std::initializer_list<size_t> sizes) {
  size_t all = 1;
  for (const size_t size : sizes) all = multiply_sizes(all, size);
  return all;
}

void require_length(Napi::Env env, size_t length, size_t expected, const char* name) {
  if (length != expected)
    throw_error(
        env, Code::kShape,
        std::string(name) + " must hold " + std::to_string(expected) + " values, got " + std::to_string(length));
}

/// Keys or values as float32 or float16 bits.
class FloatsInput {
 public:
  FloatsInput(Arguments& args, size_t index, const char* name) {
    if (args.is_float32(index))
      floats_ = args.input<float>(index, name);
    else
      halves_ = args.input<uint16_t>(index, name);
    is_half_ = floats_.data == nullptr && !args.is_float32(index);
  }
  size_t length() const { return is_half_ ? halves_.length : floats_.length; }
  AttentionTensor tensor() const {
    return {is_half_ ? static_cast<const void*>(halves_.data) : static_cast<const void*>(floats_.data), is_half_};
  }
  void require_apart(Napi::Env env, const Output<float>& out, const char* name) const {
    if (is_half_)
      require_disjoint(env, out, halves_, name);
    else
      require_disjoint(env, out, floats_, name);
  }

 private:
  Input<float> floats_;
  Input<uint16_t> halves_;
  bool is_half_ = false;
};

/// What every attention needs of its queries.
void check_queries(Napi::Env env, const AttentionProblem& p) {
  if (p.kv_heads == 0 || p.query_heads == 0 || p.query_heads % p.kv_heads != 0)
    throw_error(env, Code::kShape, "query heads must be a multiple of the heads of keys");
  if (p.rows == 0) throw_error(env, Code::kShape, "there must be at least one key");
  if (p.causal && p.rows < p.queries)
    throw_error(env, Code::kShape, "a causal mask needs at least as many keys as queries");
}

/// (q, k, v, out, numbers): queries, rows, queryHeads, kvHeads, dim, scale, causal
class AttentionFloatCall : public Call {
 public:
  explicit AttentionFloatCall(Arguments& args)
      : q_(args.input<float>(0, "q")), k_(args, 1, "k"), v_(args, 2, "v"), out_(args.output<float>(3, "out")) {
    Numbers numbers(args, 4);
    problem_ = {numbers.size(), numbers.size(), numbers.size(), numbers.size(), numbers.size(), numbers.real(),
                numbers.flag(), q_.data,        k_.tensor(),    v_.tensor(),    out_.data};
    const Napi::Env env = args.env();
    check_queries(env, problem_);
    const size_t all = product({problem_.queries, problem_.query_heads, problem_.dim});
    const size_t rows = product({problem_.rows, problem_.kv_heads, problem_.dim});
    require_length(env, q_.length, all, "q");
    require_length(env, out_.length, all, "out");
    require_length(env, k_.length(), rows, "k");
    require_length(env, v_.length(), rows, "v");
    require_disjoint(env, out_, q_, "q");
    k_.require_apart(env, out_, "k");
    v_.require_apart(env, out_, "v");
  }
  Status run() override { return run_attention(active_kernel_set(), problem_); }

 private:
  Input<float> q_;
  FloatsInput k_, v_;
  Output<float> out_;
  AttentionProblem problem_;
};

/// What attendKv reads of a cache: the layout's numbers, first, rows, sinkRows, windowFirst, windowRows.
class CacheInput {
 public:
  CacheInput(Arguments& args, const TurboRotation& rotation, Numbers& numbers)
      : layout_(numbers.layout(rotation)),
        first_(numbers.size()),
        rows_(numbers.size()),
        pages_(args, 3, layout_, first_, rows_),
        sinks_(args.input<uint16_t>(4, "sinks")),
        window_(args.input<uint16_t>(5, "window")),
        balance_(args.optional_input<float>(6, "balance")) {
    const Napi::Env env = args.env();
    const KvHalves sinks = halves_of(env, sinks_, layout_, 0, numbers.size());
    const size_t window = numbers.size();
    view_ = {
        layout_,      pages_.readable(), first_, rows_, sinks, halves_of(env, window_, layout_, window, numbers.size()),
        balance_.data};
    if (balance_.data != nullptr) require_length(env, balance_.length, layout_.kv_heads * layout_.dim, "balance");
  }
  const KvCacheView& view() const { return view_; }

 private:
  KvLayout layout_;
  size_t first_, rows_;
  PageList pages_;
  Input<uint16_t> sinks_, window_;
  Input<float> balance_;
  KvCacheView view_ = {};
};

/// (q, out, rotation, pages, sinks, window, balance, numbers, logits): numbers of the cache, then tokens, queryHeads,
/// scale, causal; logits may be left out
class AttendKvCall : public Call {
 public:
  explicit AttendKvCall(Arguments& args)
      : rotation_(rotation_of(args.env(), args.at(2), "rotation")),
        numbers_(args, 7),
        cache_(args, *rotation_, numbers_),
        q_(args.input<float>(0, "q")),
        out_(args.output<float>(1, "out")),
        logits_(args.is_absent(8) ? Output<float>{} : args.output<float>(8, "logits")) {
    const size_t tokens = numbers_.size(), query_heads = numbers_.size();
    const float scale = numbers_.real();
    queries_ = {q_.data, tokens, query_heads, scale, numbers_.flag(), out_.data, logits_.data};
    check(args.env(), !args.is_absent(8));
  }
  Status run() override { return attend_kv(active_kernel_set(), *rotation_, cache_.view(), queries_); }

 private:
  void check(Napi::Env env, bool has_logits) const {
    const auto& [q, tokens, query_heads, scale, causal, out, logits] = queries_;
    const KvLayout& layout = cache_.view().layout;
    const size_t rows = cache_.view().all_rows();
    check_queries(env, {tokens, rows, query_heads, layout.kv_heads, layout.dim, scale, causal, q, {}, {}, out});
    const size_t all = product({tokens, query_heads, layout.dim});
    require_length(env, q_.length, all, "q");
    require_length(env, out_.length, all, "out");
    require_disjoint(env, out_, q_, "q");
    if (has_logits) require_length(env, logits_.length, product({tokens, query_heads, rows}), "logits");
  }

  std::shared_ptr<const TurboRotation> rotation_;
  Numbers numbers_;
  CacheInput cache_;
  Input<float> q_;
  Output<float> out_, logits_;
  KvQueries queries_;
};

KvTransform transform_of(Napi::Env env, const Input<float>& mean, const Input<float>& balance, size_t length) {
  if (mean.data != nullptr) require_length(env, mean.length, length, "mean");
  if (balance.data != nullptr) require_length(env, balance.length, length, "balance");
  return {mean.data, balance.data};
}

/// (x, rotation, pages, mean, balance, numbers): the layout's, side, first, tokens
Napi::Value store_in_pages(Napi::Env env, Arguments& args) {
  const auto rotation = rotation_of(env, args.at(1), "rotation");
  Numbers numbers(args, 5);
  const KvLayout layout = numbers.layout(*rotation);
  const KvSide side = numbers.side();
  const size_t first = numbers.size(), tokens = numbers.size(), width = layout.kv_heads * layout.dim;
  const PageList pages(args, 2, layout, first, tokens);
  const auto x = args.input<float>(0, "x");
  require_length(env, x.length, product({tokens, width}), "x");
  const auto mean = args.optional_input<float>(3, "mean"), balance = args.optional_input<float>(4, "balance");
  const KvTransform transform = transform_of(env, mean, balance, width);
  throw_if_failed(env, store_codes(active_kernel_set(), *rotation, {x.data, width, layout.dim, tokens}, transform, side,
                                   {layout, pages.writable(), first}));
  return env.Undefined();
}

/// The part of [2][kvHeads][capacity][dim] halves that rows of one side are.
template <typename T>
KvVectors<T> vectors_of(Napi::Env env, T* data, size_t length, Numbers& numbers, size_t* kv_heads, size_t* dim) {
  *kv_heads = numbers.size(), *dim = numbers.size();
  const KvSide side = numbers.side();
  const size_t first = numbers.size(), tokens = numbers.size(), width = product({2, *kv_heads, *dim});
  const size_t capacity = width == 0 ? 0 : length / width;
  if (width == 0 || length % width != 0 || add_sizes(first, tokens) > capacity)
    throw_error(env, Code::kShape, "halves must hold keys and values of all heads and rows");
  T* const start = data + (side == KvSide::kKeys ? 0 : length / 2) + first * *dim;
  return {start, *dim, capacity * *dim, tokens};
}

/// (x, halves, mean, numbers): kvHeads, dim, side, first, tokens
Napi::Value store_as_halves(Napi::Env env, Arguments& args) {
  const auto x = args.input<float>(0, "x");
  const auto halves = args.output<uint16_t>(1, "halves");
  const auto mean = args.optional_input<float>(2, "mean");
  Numbers numbers(args, 3);
  size_t heads = 0, dim = 0;
  const auto to = vectors_of(env, halves.data, halves.length, numbers, &heads, &dim);
  require_length(env, x.length, product({to.tokens, heads, dim}), "x");
  const KvTransform transform = transform_of(env, mean, {}, heads * dim);
  throw_if_failed(env, store_halves({x.data, heads * dim, dim, to.tokens}, transform, heads, dim, to));
  return env.Undefined();
}

/// (halves, x, numbers) likewise
Napi::Value widen_halves(Napi::Env env, Arguments& args) {
  const auto halves = args.input<uint16_t>(0, "halves");
  const auto x = args.output<float>(1, "x");
  Numbers numbers(args, 2);
  size_t heads = 0, dim = 0;
  const auto from = vectors_of(env, halves.data, halves.length, numbers, &heads, &dim);
  require_length(env, x.length, product({from.tokens, heads, dim}), "x");
  widen_vectors(active_kernel_set(), from, heads, dim, {x.data, heads * dim, dim, from.tokens});
  return env.Undefined();
}

/// Calls that borrow their arguments, and have no asynchronous form.
template <Napi::Value (*kBody)(Napi::Env, Arguments&)>
Napi::Value call_borrowing(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    Arguments args(info, Arguments::Mode::kBorrow);
    return kBody(info.Env(), args);
  });
}

}  // namespace

void export_attention_calls(Napi::Env env, Napi::Object exports) {
  export_call<AttentionFloatCall>(env, exports, "attentionFloat");
  export_call<AttendKvCall>(env, exports, "attendKv");
  exports.Set("storeKvCodes", Napi::Function::New<call_borrowing<store_in_pages>>(env, "storeKvCodes"));
  exports.Set("storeKvHalves", Napi::Function::New<call_borrowing<store_as_halves>>(env, "storeKvHalves"));
  exports.Set("widenKvHalves", Napi::Function::New<call_borrowing<widen_halves>>(env, "widenKvHalves"));
}

}  // namespace octavo
