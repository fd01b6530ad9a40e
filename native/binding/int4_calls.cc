// packInt4, packInt8Groups.
#include "binding/calls.h"
#include "binding/handles.h"
#include "core/sizes.h"

namespace octavo {
namespace {

struct GroupShape {
  size_t k, n, group;
};

void check_group_lengths(Napi::Env env, const GroupShape& shape, const Input<float>& scales,
                         const Input<int8_t>& zero_points) {
  const auto [k, n, group] = shape;
  const size_t groups = group == 0 ? (k == 0 ? 0 : 1) : divide_up(k, group);
  const size_t count = multiply_sizes(groups, n);
  if (scales.length != count) throw_error(env, Code::kShape, "scales must hold one for each group of each row");
  if (zero_points.data != nullptr && zero_points.length != count)
    throw_error(env, Code::kShape, "zeroPoints must hold one for each group of each row");
}

/// (nibbles, scales, zeroPoints, k, n, group, signed): rows of k values, one after the other
class PackInt4Call : public Call {
 public:
  explicit PackInt4Call(Arguments& args)
      : nibbles_(args.input<uint8_t>(0, "nibbles")),
        scales_(args.input<float>(1, "scales")),
        zero_points_(args.optional_input<int8_t>(2, "zeroPoints")) {
    const size_t k = args.size(3, "k"), n = args.size(4, "n"), group = args.size(5, "group");
    source_ = {k, n, group, nibbles_.data, k, args.boolean(6, "signed"), scales_.data, zero_points_.data};
    if (nibbles_.length != divide_up(multiply_sizes(k, n), 2))
      throw_error(args.env(), Code::kShape, "nibbles must hold k times n values, two a byte");
    check_group_lengths(args.env(), {k, n, group}, scales_, zero_points_);
  }
  Status run() override { return pack_int4(source_, packed_.get()); }
  Napi::Value result(Napi::Env env) override { return make_handle(env, std::move(packed_)); }

 private:
  Input<uint8_t> nibbles_;
  Input<float> scales_;
  Input<int8_t> zero_points_;
  Int4Source source_;
  std::shared_ptr<PackedInt4> packed_ = std::make_shared<PackedInt4>();
};

/// (values, scales, zeroPoints, k, n, group): rows of k values, one after the other
class PackInt8GroupsCall : public Call {
 public:
  explicit PackInt8GroupsCall(Arguments& args)
      : values_(args.input<int8_t>(0, "values")),
        scales_(args.input<float>(1, "scales")),
        zero_points_(args.optional_input<int8_t>(2, "zeroPoints")) {
    const size_t k = args.size(3, "k"), n = args.size(4, "n"), group = args.size(5, "group");
    source_ = {k, n, group, values_.data, scales_.data, zero_points_.data};
    if (values_.length != multiply_sizes(k, n))
      throw_error(args.env(), Code::kShape, "values must hold k times n values");
    check_group_lengths(args.env(), {k, n, group}, scales_, zero_points_);
  }
  Status run() override { return pack_int8_groups(source_, packed_.get()); }
  Napi::Value result(Napi::Env env) override { return make_handle(env, std::move(packed_)); }

 private:
  Input<int8_t> values_;
  Input<float> scales_;
  Input<int8_t> zero_points_;
  Int8GroupsSource source_;
  std::shared_ptr<PackedInt8Groups> packed_ = std::make_shared<PackedInt8Groups>();
};

}  // namespace

void export_int4_calls(Napi::Env env, Napi::Object exports) {
  export_call<PackInt4Call>(env, exports, "packInt4");
  export_call<PackInt8GroupsCall>(env, exports, "packInt8Groups");
}

}  // namespace octavo
