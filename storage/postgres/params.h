// Parameters of a statement in PostgreSQL's binary format: no quoting, no hexadecimal, and whole columns as arrays. The
// statement casts each to the type that was added ($1::bigint).
#ifndef CADENZA_STORAGE_POSTGRES_PARAMS_H_
#define CADENZA_STORAGE_POSTGRES_PARAMS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/ids.h"

namespace cadenza::postgres {

// A one-dimensional array without nulls, in the format of array_send (src/backend/utils/adt/arrayfuncs.c of
// PostgreSQL).
class ArrayParam {
 public:
  enum class Element : uint32_t { kBytea = 17, kInt8 = 20, kInt2 = 21, kText = 25 };  // OIDs of pg_type

  explicit ArrayParam(Element element);
  void AddInt(int64_t value);             // kInt2, kInt8
  void AddBytes(std::string_view value);  // kBytea, kText
  size_t size() const { return count_; }
  std::string Encode() &&;

 private:
  Element element_;
  uint32_t count_ = 0;
  std::string bytes_;  // space for the header, and the elements
};

// The elements of a text[] as PostgreSQL sends it (array_send). Empty if `bytes` are none, or hold a null.
std::vector<std::string> DecodeTexts(std::string_view bytes);

class Params {
 public:
  Params& Int(int64_t value);                                    // bigint
  Params& Text(std::string_view value);                          // text
  Params& Bytes(std::string_view value) { return Text(value); }  // bytea
  Params& Array(ArrayParam array);                               // smallint[], bigint[], text[], bytea[]

  const std::vector<std::string>& values() const { return values_; }

 private:
  std::vector<std::string> values_;
};

// Users as three parallel columns: shard smallint[], workspace text[], key text[].
class KeyColumns {
 public:
  void Add(const UserKey& key);
  void MoveTo(Params* params) &&;

 private:
  ArrayParam shards_{ArrayParam::Element::kInt2};
  ArrayParam workspaces_{ArrayParam::Element::kText};
  ArrayParam keys_{ArrayParam::Element::kText};
};

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_PARAMS_H_
