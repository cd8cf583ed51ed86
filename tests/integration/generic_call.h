// Calls of gRPC services that this project has no stubs of: health and reflection. Messages are bytes on the wire.
#ifndef CADENZA_TESTS_INTEGRATION_GENERIC_CALL_H_
#define CADENZA_TESTS_INTEGRATION_GENERIC_CALL_H_

#include <string>

namespace cadenza::testing {

// "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"; else the error.
std::string Health(const std::string& target, const std::string& service = "");

// The serialised answer of reflection to list_services, which holds the names; else the error.
std::string ReflectedServices(const std::string& target);

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_INTEGRATION_GENERIC_CALL_H_
