// CADENZA_RETURN_IF_ERROR and CADENZA_ASSIGN_OR_RETURN: Abseil 20220623 has neither.
#ifndef CADENZA_STORAGE_BASE_STATUS_MACROS_H_
#define CADENZA_STORAGE_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Evaluates `expr`, an absl::Status, and returns it from the enclosing function unless it is OK.
#define CADENZA_RETURN_IF_ERROR(expr)                                                      \
  do {                                                                                     \
    if (absl::Status cadenza_status = (expr); !cadenza_status.ok()) return cadenza_status; \
  } while (false)

#define CADENZA_STATUS_CONCAT_(a, b) a##b
#define CADENZA_STATUS_CONCAT(a, b) CADENZA_STATUS_CONCAT_(a, b)

// Evaluates `expr`, an absl::StatusOr<T>; returns its status unless OK, else moves its value to `lhs` (which may
// declare a variable).
#define CADENZA_ASSIGN_OR_RETURN(lhs, expr) \
  CADENZA_ASSIGN_OR_RETURN_(CADENZA_STATUS_CONCAT(cadenza_or_, __LINE__), lhs, expr)
#define CADENZA_ASSIGN_OR_RETURN_(var, lhs, expr) \
  auto var = (expr);                              \
  if (!var.ok()) return std::move(var).status();  \
  lhs = *std::move(var)

#endif  // CADENZA_STORAGE_BASE_STATUS_MACROS_H_
