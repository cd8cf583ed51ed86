#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>

#include "absl/strings/escaping.h"
#include "server/rules/liquid/datum.h"
#include "server/rules/liquid/filters.h"

namespace cadenza::liquid {
namespace {

using Result = absl::StatusOr<Value>;
using Algorithm = const EVP_MD* (*)();

std::string Digest(Algorithm algorithm, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, algorithm(), nullptr) != 1) size = 0;
  return std::string(reinterpret_cast<const char*>(digest), size);
}

std::string Hmac(Algorithm algorithm, const std::string& key, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(algorithm(), key.data(), static_cast<int>(key.size()), bytes, text.size(), digest, &size) == nullptr)
    size = 0;
  return std::string(reinterpret_cast<const char*>(digest), size);
}

template <Algorithm algorithm>
Result HashFilter(const FilterCall& call) {
  return Value::String(absl::BytesToHexString(Digest(algorithm, ToText(call.input))));
}

template <Algorithm algorithm>
Result HmacFilter(const FilterCall& call) {
  return Value::String(absl::BytesToHexString(Hmac(algorithm, call.Text(0), ToText(call.input))));
}

template <Algorithm algorithm>
Result HmacBase64Filter(const FilterCall& call) {
  return Value::String(absl::Base64Escape(Hmac(algorithm, call.Text(0), ToText(call.input))));
}

}  // namespace

absl::Span<const Filter> DigestFilters() {
  static constexpr Filter kFilters[] = {
      {"md5", 0, 0, HashFilter<EVP_md5>},
      {"sha1", 0, 0, HashFilter<EVP_sha1>},
      {"sha2", 0, 0, HashFilter<EVP_sha256>},
      {"sha256", 0, 0, HashFilter<EVP_sha256>},
      {"sha512", 0, 0, HashFilter<EVP_sha512>},
      {"hmac_sha1", 1, 1, HmacFilter<EVP_sha1>},
      {"hmac_sha1_hex", 1, 1, HmacFilter<EVP_sha1>},
      {"hmac_sha1_base64", 1, 1, HmacBase64Filter<EVP_sha1>},
      {"hmac_sha256", 1, 1, HmacFilter<EVP_sha256>},
      {"hmac_sha256_hex", 1, 1, HmacFilter<EVP_sha256>},
      {"hmac_sha256_base64", 1, 1, HmacBase64Filter<EVP_sha256>},
      {"hmac_sha512", 1, 1, HmacFilter<EVP_sha512>},
      {"hmac_sha512_hex", 1, 1, HmacFilter<EVP_sha512>},
  };
  return kFilters;
}

}  // namespace cadenza::liquid
