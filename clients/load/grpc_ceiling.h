// The ceiling of the wire: a server of cadenza.v1.EventService that parses every request and acks it at once, and does
// nothing else. What Cadenza does beyond it is measured against it.
#ifndef CADENZA_CLIENTS_LOAD_GRPC_CEILING_H_
#define CADENZA_CLIENTS_LOAD_GRPC_CEILING_H_

#include <string>

namespace cadenza::load {

// Listens on `listen` ("127.0.0.1:0": any free port), prints "listening on HOST:PORT" as a line of its own on standard
// output, and serves StreamEvents until SIGTERM or SIGINT. Acks are cumulative: whatever was read while one was being
// written goes into the next. The exit status: 0 after a signal, 1 if it cannot listen (said on standard error).
//
// Call it from the main thread, before any other thread is started: it blocks the two signals for the process.
int RunAckServer(const std::string& listen);

}  // namespace cadenza::load

#endif  // CADENZA_CLIENTS_LOAD_GRPC_CEILING_H_
