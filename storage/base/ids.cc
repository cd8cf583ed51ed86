#include "storage/base/ids.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "storage/base/text.h"

namespace cadenza {
namespace {

constexpr uint64_t kFnvOffset = 0xcbf29ce484222325;
constexpr uint64_t kFnvPrime = 0x100000001b3;

uint64_t Fnv1a(uint64_t hash, std::string_view bytes) {
  for (unsigned char byte : bytes) hash = (hash ^ byte) * kFnvPrime;
  return hash;
}

uint64_t Fmix64(uint64_t h) {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccd;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53;
  h ^= h >> 33;
  return h;
}

// The value of each hexadecimal digit; -1 for other characters.
constexpr std::array<int8_t, 256> kHexDigits = [] {
  std::array<int8_t, 256> digits{};
  digits.fill(-1);
  for (int i = 0; i < 10; ++i) digits['0' + i] = static_cast<int8_t>(i);
  for (int i = 0; i < 6; ++i) digits['a' + i] = digits['A' + i] = static_cast<int8_t>(10 + i);
  return digits;
}();

int HexDigit(char c) { return kHexDigits[static_cast<unsigned char>(c)]; }

// The fetch is what costs in OpenSSL 3, so it is done once.
const EVP_MD* Sha256() {
  static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return md;
}

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

UserKey UserKey::User(std::string_view workspace, std::string_view user_id) {
  return {std::string(workspace), StrCat("u:", user_id)};
}

UserKey UserKey::Anonymous(std::string_view workspace, std::string_view anonymous_id) {
  return {std::string(workspace), StrCat("a:", anonymous_id)};
}

UserKey UserKey::Alias(std::string_view workspace, std::string_view label, std::string_view name) {
  return {std::string(workspace), StrCat("l:", label, ":", name)};
}

RefKind UserKey::kind() const {
  switch (key.empty() ? 'u' : key[0]) {
    case 'a':
      return RefKind::kAnonymousId;
    case 'l':
      return RefKind::kAlias;
    default:
      return RefKind::kUserId;
  }
}

int ShardOf(const UserKey& key) {
  uint64_t hash = Fnv1a(kFnvOffset, key.workspace);
  hash = Fnv1a(hash, std::string_view("\0", 1));
  hash = Fnv1a(hash, key.key);
  return static_cast<int>(Fmix64(hash) % kShards);
}

Digest DigestOf(std::string_view bytes) {
  thread_local const std::unique_ptr<EVP_MD_CTX, ContextDeleter> context(EVP_MD_CTX_new());
  unsigned char full[EVP_MAX_MD_SIZE] = {};
  EVP_DigestInit_ex(context.get(), Sha256(), nullptr);
  EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
  EVP_DigestFinal_ex(context.get(), full, nullptr);
  Digest digest;
  std::copy_n(full, digest.size(), digest.begin());
  return digest;
}

std::string ToHex(const Digest& digest) {
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

std::optional<Digest> DigestFromHex(std::string_view hex) {
  Digest digest;
  if (hex.size() != 2 * digest.size()) return std::nullopt;
  const auto digit = [hex](size_t i) { return absl::ascii_isupper(hex[i]) ? -1 : HexDigit(hex[i]); };
  for (size_t i = 0; i < digest.size(); ++i) {
    const int high = digit(2 * i);
    const int low = digit(2 * i + 1);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return digest;
}

std::optional<absl::Time> UuidV7Time(std::string_view id) {
  if (id.size() != 36) return std::nullopt;
  int64_t millis = 0;
  for (int i = 0; i < 36; ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (id[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = HexDigit(id[i]);
    if (digit < 0) return std::nullopt;
    if (i < 13) millis = millis << 4 | digit;
  }
  if (id[14] != '7' || (HexDigit(id[19]) & 0xc) != 0x8) return std::nullopt;
  return absl::FromUnixMillis(millis);
}

std::string NewUuidV7(absl::Time now) {
  constexpr int kCounterMax = 0xfff;
  struct State {
    absl::BitGen random;
    int64_t millis = 0;
    int counter = 0;
  };
  thread_local State state;
  const int64_t millis = absl::ToUnixMillis(now);
  if (millis > state.millis) {
    state.millis = millis;
    state.counter = absl::Uniform(state.random, 0, kCounterMax / 2);
  } else if (++state.counter > kCounterMax) {
    ++state.millis;
    state.counter = 0;
  }
  const uint64_t tail = absl::Uniform<uint64_t>(state.random);
  const uint64_t time = static_cast<uint64_t>(state.millis);
  return absl::StrFormat("%08x-%04x-7%03x-%04x-%012x", time >> 16 & 0xffffffff, time & 0xffff, state.counter,
                         (tail >> 48 & 0x3fff) | 0x8000, tail & 0xffffffffffff);
}

}  // namespace cadenza
