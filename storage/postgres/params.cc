#include "storage/postgres/params.h"

#include <utility>

namespace cadenza::postgres {
namespace {

void AppendBigEndian(uint64_t value, int bytes, std::string* out) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out->push_back(static_cast<char>(value >> shift));
}

}  // namespace

void ArrayParam::AddInt(int64_t value) {
  const int bytes = element_ == Element::kInt2 ? 2 : 8;
  AppendBigEndian(bytes, 4, &elements_);
  AppendBigEndian(static_cast<uint64_t>(value), bytes, &elements_);
  ++count_;
}

void ArrayParam::AddBytes(std::string_view value) {
  AppendBigEndian(value.size(), 4, &elements_);
  elements_.append(value);
  ++count_;
}

std::string ArrayParam::Encode() && {
  std::string out;
  out.reserve(20 + elements_.size());
  AppendBigEndian(count_ == 0 ? 0 : 1, 4, &out);  // dimensions
  AppendBigEndian(0, 4, &out);                    // has no nulls
  AppendBigEndian(static_cast<uint32_t>(element_), 4, &out);
  if (count_ == 0) return out;
  AppendBigEndian(count_, 4, &out);
  AppendBigEndian(1, 4, &out);  // lower bound
  out.append(elements_);
  return out;
}

Params& Params::Int(int64_t value) {
  AppendBigEndian(static_cast<uint64_t>(value), 8, &values_.emplace_back());
  return *this;
}

Params& Params::Text(std::string_view value) {
  values_.emplace_back(value);
  return *this;
}

Params& Params::Array(ArrayParam array) {
  values_.push_back(std::move(array).Encode());
  return *this;
}

void KeyColumns::Add(const UserKey& key) {
  shards_.AddInt(ShardOf(key));
  workspaces_.AddBytes(key.workspace);
  keys_.AddBytes(key.key);
}

void KeyColumns::MoveTo(Params* params) && {
  params->Array(std::move(shards_)).Array(std::move(workspaces_)).Array(std::move(keys_));
}

}  // namespace cadenza::postgres
