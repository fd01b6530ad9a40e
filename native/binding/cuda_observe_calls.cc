// cudaMinMax, cudaHistogram, cudaSketch.
#include <cmath>
#include <cstring>
#include <vector>

#include "binding/cuda_input.h"
#include "core/sizes.h"
#include "cuda/sketch.h"
#include "ops/sketch.h"

namespace octavo {
namespace {

/// A call that reads (device, x, count) and brings results to the host when its turn comes.
class ObserveCall : public DeviceCall {
 protected:
  explicit ObserveCall(Arguments& args)
      : DeviceCall(device_of(args.env(), args.at(0), "device")),
        count_(args.size(2, "count")),
        x_(device_input<float>(args.env(), device(), args.at(1), "x", count_)) {}

  /// start(results) puts the work on the stream whose results have so many bytes.
  template <typename Start>
  void begin(Napi::Env env, size_t bytes, const Start& start) {
    const auto results = std::make_shared<cuda::DeviceMemory>();
    throw_if_failed(env, results->allocate(device(), bytes));
    throw_if_failed(env, start(*results));
    bytes_ = bytes;
    throw_if_failed(env, readback_.start(results, bytes));
  }
  /// Words of 8 bytes, of which results have a whole number.
  Status finish(std::vector<uint64_t>* words) {
    words->resize(bytes_ / sizeof(uint64_t));
    return readback_.finish(words->data());
  }

  size_t count_;
  DeviceSpan<const float> x_;

 private:
  size_t bytes_ = 0;
  cuda::Readback readback_;
};

/// (device, x, count, range, counts, inner)
class MinMaxOnDeviceCall : public ObserveCall {
 public:
  explicit MinMaxOnDeviceCall(Arguments& args)
      : ObserveCall(args), range_(args.output<float>(3, "range")), counts_(args.output<double>(4, "counts")) {
    const size_t channels = range_.length / 2, inner = args.size(5, "inner"), block = multiply_sizes(channels, inner);
    if (range_.length == 0 || range_.length % 2 != 0 || counts_.length != 2)
      throw_error(args.env(), Code::kShape, "range must hold a pair for each channel, counts two values");
    if (block == 0 ? count_ != 0 : count_ % block != 0)
      throw_error(args.env(), Code::kShape, "count must be a whole number of channels times inner");
    begin(args.env(), cuda::DeviceRanges::bytes_for(channels), [&](const cuda::DeviceMemory& results) {
      return cuda::DeviceRanges::start(*device(), {x_.data, count_, channels, inner}, results);
    });
  }
  Status run() override {
    std::vector<uint64_t> results;
    if (Status status = finish(&results); !status.ok()) return status;
    const MinMax found = cuda::DeviceRanges::read(results.data(), range_.length / 2, range_.data);
    counts_.data[0] = static_cast<double>(found.nan_count);
    counts_.data[1] = static_cast<double>(found.infinity_count);
    return {};
  }

 private:
  Output<float> range_;
  Output<double> counts_;
};

/// (device, x, count, counts, outside, limit)
class HistogramOnDeviceCall : public ObserveCall {
 public:
  explicit HistogramOnDeviceCall(Arguments& args)
      : ObserveCall(args), counts_(args.output<uint64_t>(3, "counts")), outside_(args.output<uint64_t>(4, "outside")) {
    if (outside_.length != 2) throw_error(args.env(), Code::kShape, "outside must hold two counts");
    const auto limit = static_cast<float>(args.number(5, "limit"));
    begin(args.env(), cuda::DeviceHistogram::bytes_for(counts_.length), [&](const cuda::DeviceMemory& results) {
      return cuda::DeviceHistogram::start(*device(), {x_.data, count_}, counts_.length, limit, results);
    });
  }
  Status run() override {
    std::vector<uint64_t> results;
    if (Status status = finish(&results); !status.ok()) return status;
    std::memcpy(outside_.data, results.data(), 2 * sizeof(uint64_t));
    std::memcpy(counts_.data, results.data() + 2, counts_.length * sizeof(uint64_t));
    return {};
  }

 private:
  Output<uint64_t> counts_, outside_;
};

/// (device, x, count, words, bins): words of a sketch with one channel, which has seen x alone
class SketchOnDeviceCall : public ObserveCall {
 public:
  explicit SketchOnDeviceCall(Arguments& args)
      : ObserveCall(args), words_(args.output<uint64_t>(3, "words")), bins_(args.size(4, "bins")) {
    if (words_.length != add_sizes(bins_, SketchWords::kHead))
      throw_error(args.env(), Code::kShape, "words must hold a head and the bins of one channel");
    throw_if_failed(args.env(), check_sketch({words_.data, 1, bins_}));
    begin(args.env(), cuda::DeviceSketch::bytes_for(bins_), [&](const cuda::DeviceMemory& results) {
      return cuda::DeviceSketch::start(*device(), {x_.data, count_}, bins_, results);
    });
  }
  Status run() override {
    std::vector<uint64_t> results;
    if (Status status = finish(&results); !status.ok()) return status;
    const cuda::SketchParts parts = cuda::DeviceSketch::read(results.data());
    const bool has_finite = count_ != parts.nan_count + parts.infinity_count;
    const SketchHead head = {
        count_,      parts.nan_count, parts.infinity_count, has_finite ? parts.min : 0, has_finite ? parts.max : 0,
        parts.width, parts.sums};
    std::memcpy(words_.data, &head, sizeof head);
    std::memcpy(words_.data + SketchWords::kHead, parts.counts, bins_ * sizeof(uint64_t));
    return {};
  }

 private:
  Output<uint64_t> words_;
  size_t bins_;
};

}  // namespace

void export_cuda_observe_calls(Napi::Env env, Napi::Object exports) {
  export_later<MinMaxOnDeviceCall>(env, exports, "cudaMinMax");
  export_later<HistogramOnDeviceCall>(env, exports, "cudaHistogram");
  export_later<SketchOnDeviceCall>(env, exports, "cudaSketch");
}

}  // namespace octavo
