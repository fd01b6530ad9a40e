// Tables of embeddings: packing, looking up.
#include <algorithm>

#include "binding/calls.h"
#include "binding/handles.h"
#include "core/sizes.h"
#include "ops/row_table.h"

namespace octavo {
namespace {

template <typename Source>
class PackRowsCall : public Call {
 public:
  explicit PackRowsCall(Arguments& args) : source_(args) {}
  Status run() override { return source_.pack(table_.get()); }
  Napi::Value result(Napi::Env env) override { return make_handle(env, std::move(table_)); }

 private:
  Source source_;
  std::shared_ptr<RowTable> table_ = std::make_shared<RowTable>();
};

/// (values, scales, zeroPoints, rows, columns, group, bits, shift)
class IntegerSource {
 public:
  explicit IntegerSource(Arguments& args)
      : values_(args.byte_input(0, "values")),
        scales_(args.input<float>(1, "scales")),
        zero_points_(args.input<int8_t>(2, "zeroPoints")) {
    const size_t rows = args.size(3, "rows"), columns = args.size(4, "columns"), group = args.size(5, "group");
    const size_t bits = args.size(6, "bits"), shift = args.size(7, "shift");
    if (bits != 4 && bits != 8) throw_error(args.env(), Code::kRange, "bits must be 4 or 8");
    if (shift > 128) throw_error(args.env(), Code::kRange, "shift must be at most 128");
    if (values_.bytes.length != multiply_sizes(rows, columns))
      throw_error(args.env(), Code::kShape, "values must hold rows times columns values");
    const size_t count = multiply_sizes(rows, group == 0 ? 0 : divide_up(columns, group));
    if (scales_.length != count || zero_points_.length != count)
      throw_error(args.env(), Code::kShape, "scales and zeroPoints must hold one for each group of each row");
    source_ = {rows,         columns,          group, bits == 4, values_.bytes.data, static_cast<int32_t>(shift),
               scales_.data, zero_points_.data};
  }
  Status pack(RowTable* table) const { return pack_integer_rows(source_, table); }

 private:
  ByteInput values_;
  Input<float> scales_;
  Input<int8_t> zero_points_;
  IntegerRows source_;
};

/// (codes, table, absmax, rows, columns, block): the layout of bitsandbytes
class CodebookSource {
 public:
  explicit CodebookSource(Arguments& args)
      : codes_(args.input<uint8_t>(0, "codes")),
        table_(args.input<float>(1, "table")),
        absmax_(args.input<float>(2, "absmax")) {
    const size_t rows = args.size(3, "rows"), columns = args.size(4, "columns"), block = args.size(5, "block");
    const size_t count = multiply_sizes(rows, columns);
    if (codes_.length != divide_up(count, 2))
      throw_error(args.env(), Code::kShape, "codes must hold rows times columns values, two a byte");
    if (table_.length != kLut4TableSize) throw_error(args.env(), Code::kShape, "table must hold 16 values");
    if (block != 0 && absmax_.length != divide_up(count, block))
      throw_error(args.env(), Code::kShape, "absmax must hold one magnitude for each block");
    source_ = {columns, rows, block, codes_.data, table_.data, absmax_.data};
  }
  Status pack(RowTable* table) const { return pack_codebook_rows(source_, table); }

 private:
  Input<uint8_t> codes_;
  Input<float> table_, absmax_;
  Lut4Source source_;
};

/// (bits, rows, columns, bfloat16)
class HalfSource {
 public:
  explicit HalfSource(Arguments& args)
      : bits_(args.input<uint16_t>(0, "bits")),
        rows_(args.size(1, "rows")),
        columns_(args.size(2, "columns")),
        format_(args.boolean(3, "bfloat16") ? RowFormat::kBfloat16 : RowFormat::kFloat16) {
    if (bits_.length != multiply_sizes(rows_, columns_))
      throw_error(args.env(), Code::kShape, "bits must hold rows times columns values");
  }
  Status pack(RowTable* table) const { return pack_half_rows(bits_.data, format_, rows_, columns_, table); }

 private:
  Input<uint16_t> bits_;
  size_t rows_, columns_;
  RowFormat format_;
};

/// (ids, table, out): Int32Array or BigInt64Array
class LookUpRowsCall : public Call {
 public:
  explicit LookUpRowsCall(Arguments& args)
      : table_(row_table_of(args.env(), args.at(1), "table")), out_(args.output<float>(2, "out")) {
    if (args.is_int64(0))
      wide_ids_ = args.input<int64_t>(0, "ids");
    else
      ids_ = args.input<int32_t>(0, "ids");
    if (out_.length != multiply_sizes(count(), table_->columns))
      throw_error(args.env(), Code::kShape, "out must hold a row for each id");
    require_disjoint(args.env(), out_, ids_, "ids");
    require_disjoint(args.env(), out_, wide_ids_, "ids");
  }
  Status run() override {
    if (wide_ids_.length > 0) return look_up_rows(*table_, wide_ids_.data, wide_ids_.length, out_.data);
    return look_up_rows(*table_, ids_.data, ids_.length, out_.data);
  }

 private:
  size_t count() const { return ids_.length + wide_ids_.length; }

  std::shared_ptr<const RowTable> table_;
  Input<int32_t> ids_;
  Input<int64_t> wide_ids_;
  Output<float> out_;
};

const char* name_of(RowFormat format) {
  static constexpr const char* kNames[] = {"int8", "int4", "lut4", "float16", "bfloat16"};
  return kNames[static_cast<size_t>(format)];
}

/// {rows, columns, format, group, codebook} of a table.
Napi::Value describe_table(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto table = row_table_of(env, info[0], "table");
  const Napi::Object result = Napi::Object::New(env);
  result.Set("rows", static_cast<double>(table->rows));
  result.Set("columns", static_cast<double>(table->columns));
  result.Set("weightFormat", name_of(table->format));
  result.Set("weightGroup", static_cast<double>(table->group));
  auto values = Napi::Float32Array::New(env, kLut4TableSize);
  std::copy_n(table->table, kLut4TableSize, values.Data());
  result.Set("weightTable", values);
  return result;
}

}  // namespace

void export_row_table_calls(Napi::Env env, Napi::Object exports) {
  export_call<PackRowsCall<IntegerSource>>(env, exports, "packIntegerRows");
  export_call<PackRowsCall<CodebookSource>>(env, exports, "packCodebookRows");
  export_call<PackRowsCall<HalfSource>>(env, exports, "packHalfRows");
  export_call<LookUpRowsCall>(env, exports, "lookUpRows");
  exports.Set("describeTable", Napi::Function::New<describe_table>(env, "describeTable"));
}

}  // namespace octavo
