// Who is timed: a call that computes a product into its own output.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "operands.h"

namespace octavo::bench {

/// The output of a product; one of the two is [m * n] long, the other empty.
struct Product {
  std::vector<int32_t> int32;
  std::vector<float> float32;
};

struct Contestant {
  std::string name;
  std::function<void()> run;
  std::shared_ptr<Product> product;
};

/// Each adds its contestants for these operands, none where its library is not linked. Weights are packed here, once.
/// The operands must outlive the contestants.
void add_octavo(const Operands& operands, std::vector<Contestant>* contestants);
void add_onednn(const Operands& operands, std::vector<Contestant>* contestants);
void add_openblas(const Operands& operands, std::vector<Contestant>* contestants);

inline std::shared_ptr<Product> make_product(const Operands& operands) {
  auto product = std::make_shared<Product>();
  if (operands.type == GemmType::kFloat32)
    product->float32.resize(operands.m * operands.n);
  else
    product->int32.resize(operands.m * operands.n);
  return product;
}

}  // namespace octavo::bench
