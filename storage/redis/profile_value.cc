#include "storage/redis/profile_value.h"

#include <bit>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "storage/base/text.h"

namespace cadenza::redis {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr size_t kChecksumBytes = 8;
constexpr size_t kHeaderBytes = kProfileValueMagic.size() + kProfileValueVersionDigits + kLengthBytes;

void AppendBigEndian(uint64_t number, size_t bytes, std::string* out) {
  for (size_t i = bytes; i-- > 0;) out->push_back(static_cast<char>(number >> (8 * i)));
}

uint64_t ReadBigEndian(std::string_view bytes) {
  uint64_t number = 0;
  for (unsigned char byte : bytes) number = number << 8 | byte;
  return number;
}

uint64_t Step(uint64_t hash, uint64_t word) { return std::rotl(hash ^ word, 27) * 0x9fb21c651e98df25; }

// One multiplication for each 8 bytes, then the finalizer of MurmurHash3 (fmix64).
uint64_t Mix(uint64_t hash, std::string_view bytes) {
  hash ^= bytes.size() * 0x9e3779b97f4a7c15;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) hash = Step(hash, ReadBigEndian(bytes.substr(0, 8)));
  hash = Step(hash, ReadBigEndian(bytes));
  hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccd;
  hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53;
  return hash ^ hash >> 33;
}

uint64_t Checksum(std::string_view redis_key, std::string_view content) { return Mix(Mix(0, redis_key), content); }

}  // namespace

std::string EncodeProfileValue(std::string_view redis_key, const ProfileRow& row) {
  std::string value;
  value.reserve(kHeaderBytes + row.merged_into.size() + row.state.size() + kChecksumBytes);
  value += kProfileValueMagic;
  absl::StrAppendFormat(&value, "%020d", row.version);
  AppendBigEndian(row.merged_into.size(), kLengthBytes, &value);
  value += row.merged_into;
  value += row.state;
  AppendBigEndian(Checksum(redis_key, value), kChecksumBytes, &value);
  return value;
}

std::optional<ProfileRow> DecodeProfileValue(std::string_view redis_key, std::string_view value) {
  if (value.size() < kHeaderBytes + kChecksumBytes) return std::nullopt;
  std::string_view content = value.substr(0, value.size() - kChecksumBytes);
  if (ReadBigEndian(value.substr(content.size())) != Checksum(redis_key, content)) return std::nullopt;
  ProfileRow row;
  if (!content.starts_with(kProfileValueMagic)) return std::nullopt;
  content.remove_prefix(kProfileValueMagic.size());
  if (!absl::SimpleAtoi(Sv(content.substr(0, kProfileValueVersionDigits)), &row.version) || row.version < 1) {
    return std::nullopt;
  }
  content.remove_prefix(kProfileValueVersionDigits);
  size_t merged_into_size = ReadBigEndian(content.substr(0, kLengthBytes));
  content.remove_prefix(kLengthBytes);
  if (merged_into_size > content.size()) return std::nullopt;
  row.merged_into = std::string(content.substr(0, merged_into_size));
  row.state = std::string(content.substr(merged_into_size));
  return row;
}

}  // namespace cadenza::redis
