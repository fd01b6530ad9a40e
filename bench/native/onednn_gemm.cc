// oneDNN's matmul primitive with weights in the layout it asks for, on one thread.
#include "contestant.h"

#ifndef HAVE_DNNL

namespace octavo::bench {
void add_onednn(const Operands&, std::vector<Contestant>*) {}
}  // namespace octavo::bench

#else

#include <dlfcn.h>

#include <dnnl.hpp>

namespace octavo::bench {
namespace {

using dnnl::memory;

/// oneDNN takes its threads from the OpenMP runtime that it brings along.
void use_one_thread() {
  const auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  if (set != nullptr) set(1);
}

struct Types {
  memory::data_type a, b, c;
};

Types types_of(GemmType type) {
  using enum memory::data_type;
  if (type == GemmType::kFloat32) return {f32, f32, f32};
  return {type == GemmType::kU8S8 ? u8 : s8, s8, s32};
}

void* data_of(const std::vector<float>& wide, const void* narrow, GemmType type) {
  return const_cast<void*>(type == GemmType::kFloat32 ? static_cast<const void*>(wide.data()) : narrow);
}

}  // namespace

void add_onednn(const Operands& operands, std::vector<Contestant>* contestants) {
  use_one_thread();
  const auto m = static_cast<memory::dim>(operands.m), n = static_cast<memory::dim>(operands.n),
             k = static_cast<memory::dim>(operands.k);
  const Types types = types_of(operands.type);
  const auto rows = memory::format_tag::ab;
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const memory::desc a_desc({m, k}, types.a, rows), c_desc({m, n}, types.c, rows);
  const memory::desc b_any({k, n}, types.b, memory::format_tag::any);
  const dnnl::matmul::primitive_desc desc(dnnl::matmul::desc(a_desc, b_any, c_desc), engine);

  auto product = make_product(operands);
  void* c_data = operands.type == GemmType::kFloat32 ? static_cast<void*>(product->float32.data())
                                                     : static_cast<void*>(product->int32.data());
  memory a(a_desc, engine, data_of(operands.a32, operands.a8.data(), operands.type));
  memory plain({{k, n}, types.b, rows}, engine, data_of(operands.b32, operands.b8.data(), operands.type));
  memory packed(desc.weights_desc(), engine), c(c_desc, engine, c_data);
  dnnl::reorder(plain, packed).execute(stream, plain, packed);
  stream.wait();

  const dnnl::matmul primitive(desc);
  const auto run = [primitive, stream, a, packed, c]() mutable {
    primitive.execute(stream, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, packed}, {DNNL_ARG_DST, c}});
    stream.wait();
  };
  contestants->push_back({std::string("oneDNN ") + desc.impl_info_str(), run, product});
}

}  // namespace octavo::bench

#endif
