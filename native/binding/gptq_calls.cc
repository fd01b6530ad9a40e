// expandGram, inverseFactor, chooseBlocks, roundSteps, roundTable, refineSteps, refineTable. Large arrays that a call
// only reads come as outputs: an asynchronous call would copy its inputs. They are the facade's own, and never the
// first argument.
#include <algorithm>

#include "binding/calls.h"
#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "ops/block_params.h"
#include "ops/expand_gram.h"
#include "ops/inverse_factor.h"
#include "ops/refine_codes.h"
#include "ops/round_columns.h"

namespace octavo {
namespace {

void require(Arguments& args, bool holds, const char* message, Code code = Code::kShape) {
  if (!holds) throw_error(args.env(), code, message);
}

Input<int32_t> order_of(Arguments& args, size_t index, size_t n) {
  Input<int32_t> order = args.input<int32_t>(index, "order");
  const auto inside = [&](int32_t column) { return column >= 0 && static_cast<size_t>(column) < n; };
  require(args, order.length == n, "order must have a value for each column");
  require(args, std::all_of(order.data, order.data + n, inside), "order must name columns", Code::kRange);
  return order;
}

/// (order, triangle, diagonal, out, factor)
class ExpandGramCall : public Call {
 public:
  explicit ExpandGramCall(Arguments& args)
      : triangle_(args.output<double>(1, "triangle")),
        diagonal_(args.input<double>(2, "diagonal")),
        order_(order_of(args, 0, diagonal_.length)),
        out_(args.output<double>(3, "out")),
        factor_(args.number(4, "factor")) {
    const size_t n = diagonal_.length;
    require(args, n <= 65'536 && triangle_.length == n * (n + 1) / 2, "triangle must hold n (n + 1) / 2 values");
    require(args, out_.length == n * n, "out must hold n times n values");
  }
  Status run() override {
    expand_gram(triangle_.data, diagonal_.length, order_.data, factor_, diagonal_.data, out_.data);
    return {};
  }

 private:
  Output<double> triangle_;
  Input<double> diagonal_;
  Input<int32_t> order_;
  Output<double> out_;
  double factor_;
};

/// (n, matrix)
class InverseFactorCall : public Call {
 public:
  explicit InverseFactorCall(Arguments& args) : matrix_(args.output<double>(1, "matrix")), n_(args.size(0, "n")) {
    require(args, matrix_.length == multiply_sizes(n_, n_), "matrix must hold n times n values");
  }
  Status run() override { return inverse_factor(active_kernel_set(), matrix_.data, n_); }

 private:
  Output<double> matrix_;
  size_t n_;
};

/// (how, weights, scale, zeroPoint, columns): how is [block, low, high, symmetric, search]
class ChooseBlocksCall : public Call {
 public:
  explicit ChooseBlocksCall(Arguments& args)
      : weights_(args.output<float>(1, "weights")),
        scale_(args.output<float>(2, "scale")),
        zero_point_(args.output<int32_t>(3, "zeroPoint")),
        columns_(args.size(4, "columns")) {
    const Input<int32_t> how = args.input<int32_t>(0, "how");
    require(args, how.length == 5 && how.data[0] > 0, "how must be [block, low, high, symmetric, search]");
    require(args, how.data[1] >= INT16_MIN && how.data[1] <= how.data[2] && how.data[2] <= INT16_MAX,
            "codes must be int16, low to high", Code::kRange);
    block_ = static_cast<size_t>(how.data[0]);
    search_ = {how.data[1], how.data[2], how.data[3] != 0, how.data[4] != 0};
    require(args, columns_ > 0 && weights_.length % columns_ == 0, "weights must be rows of columns");
    const size_t count = multiply_sizes(weights_.length / columns_, divide_up(columns_, block_));
    require(args, scale_.length == count && zero_point_.length == count, "scale and zeroPoint must hold one a block");
  }
  Status run() override {
    choose_blocks({weights_.data, weights_.length / columns_, columns_, block_}, search_, scale_.data,
                  zero_point_.data);
    return {};
  }

 private:
  Output<float> weights_, scale_;
  Output<int32_t> zero_point_;
  size_t columns_, block_;
  BlockSearch search_;
};

/// What all calls on the codes of a matrix begin with: (rows, weights, codes, matrix, dead), rows being [first, end],
/// and the matrix the factor or the Hessian, [columns, columns].
struct CodedMatrix {
  Output<float> weights;
  Output<int16_t> codes;
  Output<double> matrix;
  Input<uint8_t> dead;
  size_t first, end, rows, columns;

  explicit CodedMatrix(Arguments& args)
      : weights(args.output<float>(1, "weights")),
        codes(args.output<int16_t>(2, "codes")),
        matrix(args.output<double>(3, "matrix")),
        dead(args.input<uint8_t>(4, "dead")) {
    const Input<int32_t> span = args.input<int32_t>(0, "rows");
    columns = dead.length;
    require(args, columns > 0 && weights.length % columns == 0, "weights must be rows of columns");
    rows = weights.length / columns;
    require(args, codes.length == weights.length, "codes must hold as many values as weights");
    require(args, matrix.length == multiply_sizes(columns, columns), "matrix must hold columns times columns values");
    require(args,
            span.length == 2 && span.data[0] >= 0 && span.data[0] <= span.data[1] &&
                static_cast<size_t>(span.data[1]) <= rows,
            "rows must be [first, end] in weights", Code::kRange);
    first = static_cast<size_t>(span.data[0]), end = static_cast<size_t>(span.data[1]);
  }
};

/// Argument 5: {scale, zeroPoint, block, low, high}.
struct StepInput {
  Output<float> scale;
  Output<int32_t> zero_point;
  StepLevels levels;

  StepInput(Arguments& args, const CodedMatrix& coded)
      : scale(args.output<float>(5, "scale")), zero_point(args.output<int32_t>(6, "zeroPoint")) {
    const Input<int32_t> how = args.input<int32_t>(7, "steps");
    require(args, how.length == 3 && how.data[0] > 0, "steps must be [block, low, high]");
    const auto block = static_cast<size_t>(how.data[0]);
    levels = {block, divide_up(coded.columns, block), how.data[1], how.data[2], scale.data, zero_point.data};
    require(args, levels.low >= INT16_MIN && levels.low <= levels.high && levels.high <= INT16_MAX,
            "codes must be int16, low to high", Code::kRange);
    const size_t count = multiply_sizes(coded.rows, levels.blocks);
    require(args, scale.length == count && zero_point.length == count, "scale and zeroPoint must hold one a block");
  }
};

/// Arguments 5 to 8: absmax, table [16] and bounds after it, codes of the intervals, and the block.
struct TableInput {
  Output<float> absmax;
  Input<float> table;
  Input<uint8_t> intervals;
  TableLevels levels;

  TableInput(Arguments& args, const CodedMatrix& coded)
      : absmax(args.output<float>(5, "absmax")),
        table(args.input<float>(6, "table")),
        intervals(args.input<uint8_t>(7, "intervals")) {
    const size_t block = args.size(8, "block");
    require(args, block > 0, "block must be at least 1", Code::kRange);
    require(args, table.length >= 16 && intervals.length == table.length - 15,
            "table must hold 16 values and bounds, with a code for each interval");
    require(args, absmax.length == divide_up(coded.weights.length, block), "absmax must hold one a block");
    levels = {coded.columns, block, absmax.data, table.data, table.data + 16, table.length - 16, intervals.data};
  }
};

/// (..steps, order, settings): settings [refit, symmetric, search, then the parts]
class RoundStepsCall : public Call {
 public:
  explicit RoundStepsCall(Arguments& args)
      : coded_(args),
        steps_(args, coded_),
        order_(order_of(args, 8, coded_.columns)),
        settings_(args.input<double>(9, "settings")) {
    require(args, settings_.length > 3, "settings must be [refit, symmetric, search, parts..]");
    search_ = {steps_.levels.low, steps_.levels.high, settings_.data[1] != 0, settings_.data[2] != 0};
  }
  Status run() override {
    const bool refit = settings_.data[0] != 0;
    return round_columns(active_kernel_set(),
                         {coded_.first, coded_.end, coded_.columns, coded_.weights.data, order_.data, coded_.dead.data,
                          coded_.matrix.data, refit ? &search_ : nullptr, settings_.data + 3, settings_.length - 3},
                         steps_.levels, coded_.codes.data);
  }

 private:
  CodedMatrix coded_;
  StepInput steps_;
  Input<int32_t> order_;
  Input<double> settings_;
  BlockSearch search_;
};

/// (..table, order)
class RoundTableCall : public Call {
 public:
  explicit RoundTableCall(Arguments& args)
      : coded_(args), table_(args, coded_), order_(order_of(args, 9, coded_.columns)) {}
  Status run() override {
    return round_columns(active_kernel_set(),
                         {coded_.first, coded_.end, coded_.columns, coded_.weights.data, order_.data, coded_.dead.data,
                          coded_.matrix.data, nullptr, nullptr, 0},
                         table_.levels, coded_.codes.data);
  }

 private:
  CodedMatrix coded_;
  TableInput table_;
  Input<int32_t> order_;
};

/// (..levels, sweeps); and for steps, whether their scales are fitted.
template <typename LevelInput, size_t sweeps_at>
class RefineCall : public Call {
 public:
  explicit RefineCall(Arguments& args)
      : coded_(args),
        input_(args, coded_),
        sweeps_(args.size(sweeps_at, "sweeps")),
        fits_(sweeps_at == 8 && args.boolean(9, "fits")) {
    require(args, sweeps_ <= 1000, "sweeps must be at most 1000", Code::kRange);
  }
  Status run() override {
    return refine_codes(active_kernel_set(),
                        {coded_.first, coded_.end, coded_.columns, coded_.weights.data, coded_.dead.data,
                         coded_.matrix.data, sweeps_, fits_},
                        input_.levels, coded_.codes.data);
  }

 private:
  CodedMatrix coded_;
  LevelInput input_;
  size_t sweeps_;
  bool fits_;
};

using RefineStepsCall = RefineCall<StepInput, 8>;
using RefineTableCall = RefineCall<TableInput, 9>;

}  // namespace

void export_gptq_calls(Napi::Env env, Napi::Object exports) {
  export_call<ExpandGramCall>(env, exports, "expandGram");
  export_call<InverseFactorCall>(env, exports, "inverseFactor");
  export_call<ChooseBlocksCall>(env, exports, "chooseBlocks");
  export_call<RoundStepsCall>(env, exports, "roundSteps");
  export_call<RoundTableCall>(env, exports, "roundTable");
  export_call<RefineStepsCall>(env, exports, "refineSteps");
  export_call<RefineTableCall>(env, exports, "refineTable");
}

}  // namespace octavo
