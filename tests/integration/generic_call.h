// Calls without stubs: of services that this project has none of (health and reflection), and with messages that no
// stub would send. Messages are bytes on the wire.
#ifndef CADENZA_TESTS_INTEGRATION_GENERIC_CALL_H_
#define CADENZA_TESTS_INTEGRATION_GENERIC_CALL_H_

#include <string>

namespace cadenza::testing {

// "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"; else the error.
std::string Health(const std::string& target, const std::string& service = "");

// The serialised answer of reflection to list_services, which holds the names; else the error.
std::string ReflectedServices(const std::string& target);

// The first answer of StreamEvents to a stream whose only message is `request`; else the error.
std::string StreamEventsAnswer(const std::string& target, const std::string& request);

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_INTEGRATION_GENERIC_CALL_H_
