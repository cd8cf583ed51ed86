#include "tests/integration/generic_call.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <vector>

#include "tests/integration/harness.h"

namespace cadenza::testing {
namespace {

grpc::ByteBuffer Bytes(const std::string& text) {
  const grpc::Slice slice(text);
  return {&slice, 1};
}

std::string Text(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

// One message there and one back, as the first messages of a stream.
std::string Exchange(const std::string& target, const std::string& method, const std::string& request) {
  grpc::GenericStub stub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(Soon()));
  grpc::CompletionQueue queue;
  const auto done = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call = stub.PrepareCall(&context, method, &queue);
  grpc::ByteBuffer response;
  call->StartCall(nullptr);
  done();
  call->WriteLast(Bytes(request), grpc::WriteOptions(), nullptr);
  done();
  call->Read(&response, nullptr);
  const bool answered = done();
  grpc::Status status;
  call->Finish(&status, nullptr);
  done();
  return answered ? Text(response) : status.error_message();
}

}  // namespace

std::string Health(const std::string& target, const std::string& service) {
  // HealthCheckRequest.service is field 1; HealthCheckResponse.status is field 1, an enum.
  const std::string request = service.empty() ? "" : std::string{'\x0a', static_cast<char>(service.size())} + service;
  const std::string response = Exchange(target, "/grpc.health.v1.Health/Check", request);
  if (response == "\x08\x01") return "SERVING";
  if (response == "\x08\x02") return "NOT_SERVING";
  return response;
}

std::string ReflectedServices(const std::string& target) {
  // ServerReflectionRequest.list_services is field 7, a string.
  return Exchange(target, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", std::string("\x3a\x00", 2));
}

std::string StreamEventsAnswer(const std::string& target, const std::string& request) {
  return Exchange(target, "/cadenza.v1.EventService/StreamEvents", request);
}

}  // namespace cadenza::testing
