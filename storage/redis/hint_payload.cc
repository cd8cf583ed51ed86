#include "storage/redis/hint_payload.h"

#include <algorithm>

namespace cadenza::redis {
namespace {

constexpr std::string_view kMagic = "CZH1";

void AppendName(std::string_view name, std::string* out) {
  out->push_back(static_cast<char>(name.size() >> 8));
  out->push_back(static_cast<char>(name.size()));
  out->append(name);
}

bool TakeName(std::string_view* bytes, std::string* name) {
  if (bytes->size() < 2) return false;
  size_t size = static_cast<unsigned char>((*bytes)[0]) << 8 | static_cast<unsigned char>((*bytes)[1]);
  bytes->remove_prefix(2);
  if (bytes->size() < size) return false;
  *name = std::string(bytes->substr(0, size));
  bytes->remove_prefix(size);
  return true;
}

bool IsTagged(std::string_view key) {
  return key.size() > 2 && (key.starts_with("u:") || key.starts_with("a:") || key.starts_with("l:"));
}

}  // namespace

std::string EncodeHints(const HintPayload& payload) {
  std::string bytes(kMagic);
  bytes.append(payload.sender.begin(), payload.sender.end());
  for (const UserKey& user : payload.users) {
    AppendName(user.workspace, &bytes);
    AppendName(user.key, &bytes);
  }
  return bytes;
}

std::optional<HintPayload> DecodeHints(std::string_view bytes) {
  HintPayload payload;
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + payload.sender.size()) return std::nullopt;
  bytes.remove_prefix(kMagic.size());
  std::copy_n(bytes.begin(), payload.sender.size(), payload.sender.begin());
  bytes.remove_prefix(payload.sender.size());
  while (!bytes.empty()) {
    UserKey user;
    if (!TakeName(&bytes, &user.workspace) || !TakeName(&bytes, &user.key) || !IsTagged(user.key)) return std::nullopt;
    payload.users.push_back(std::move(user));
    if (payload.users.size() > kHintUsers) return std::nullopt;
  }
  return payload;
}

}  // namespace cadenza::redis
