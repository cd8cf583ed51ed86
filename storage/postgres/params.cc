#include "storage/postgres/params.h"

#include <utility>

namespace cadenza::postgres {
namespace {

// Dimensions, has nulls, element type, count, lower bound: 4 bytes each.
constexpr size_t kHeaderBytes = 20;
constexpr size_t kEmptyHeaderBytes = 12;

void PutBigEndian(uint64_t value, size_t bytes, char* out) {
  for (size_t i = bytes; i-- > 0; value >>= 8) out[i] = static_cast<char>(value);
}

uint32_t GetBigEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (char c : bytes.substr(0, 4)) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

}  // namespace

// The elements follow the space for the header, so that Encode copies nothing.
ArrayParam::ArrayParam(Element element) : element_(element), bytes_(kHeaderBytes, '\0') {}

void ArrayParam::AddInt(int64_t value) {
  const size_t size = element_ == Element::kInt2 ? 2 : 8;
  char encoded[12];
  PutBigEndian(size, 4, encoded);
  PutBigEndian(static_cast<uint64_t>(value), size, encoded + 4);
  bytes_.append(encoded, 4 + size);
  ++count_;
}

void ArrayParam::AddBytes(std::string_view value) {
  char size[4];
  PutBigEndian(value.size(), 4, size);
  bytes_.append(size, sizeof(size));
  bytes_.append(value);
  ++count_;
}

std::string ArrayParam::Encode() && {
  PutBigEndian(count_ == 0 ? 0 : 1, 4, bytes_.data());
  PutBigEndian(static_cast<uint32_t>(element_), 4, bytes_.data() + 8);
  PutBigEndian(count_, 4, bytes_.data() + 12);
  PutBigEndian(1, 4, bytes_.data() + 16);
  if (count_ == 0) bytes_.resize(kEmptyHeaderBytes);
  return std::move(bytes_);
}

std::vector<std::string> DecodeTexts(std::string_view bytes) {
  std::vector<std::string> texts;
  if (bytes.size() < kHeaderBytes || GetBigEndian(bytes) != 1) return texts;
  const uint32_t count = GetBigEndian(bytes.substr(12));
  bytes.remove_prefix(kHeaderBytes);
  for (uint32_t i = 0; i < count; ++i) {
    if (bytes.size() < 4) return {};
    const size_t size = GetBigEndian(bytes);
    if (size > bytes.size() - 4) return {};
    texts.emplace_back(bytes.substr(4, size));
    bytes.remove_prefix(4 + size);
  }
  return texts;
}

Params& Params::Int(int64_t value) {
  PutBigEndian(static_cast<uint64_t>(value), 8, values_.emplace_back(8, '\0').data());
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
