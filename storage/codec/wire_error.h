// For storage/codec/wire_*.cc: how a message without a model form is reported.
#ifndef CADENZA_STORAGE_CODEC_WIRE_ERROR_H_
#define CADENZA_STORAGE_CODEC_WIRE_ERROR_H_

#include <string_view>

#include "absl/status/status.h"
#include "storage/model/rejection.h"

namespace cadenza {

// INVALID_ARGUMENT with the reason INVALID_FIELD; "<field>: <message>".
inline absl::Status BadField(std::string_view field, std::string_view message) {
  return Rejected(absl::StatusCode::kInvalidArgument, reasons::kInvalidField, field, message);
}

}  // namespace cadenza

// Like CADENZA_ASSIGN_OR_RETURN, with the error put under the field `parent`.
#define CADENZA_ASSIGN_UNDER(parent, lhs, expr) \
  CADENZA_ASSIGN_UNDER_(CADENZA_STATUS_CONCAT(cadenza_under_, __LINE__), parent, lhs, expr)
#define CADENZA_ASSIGN_UNDER_(var, parent, lhs, expr)                \
  auto var = (expr);                                                 \
  if (!var.ok()) return UnderField(std::move(var).status(), parent); \
  lhs = *std::move(var)

#endif  // CADENZA_STORAGE_CODEC_WIRE_ERROR_H_
