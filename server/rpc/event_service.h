// EventService: hands streams to EventStream, and runs SubmitEvents on the same intake.
#ifndef CADENZA_SERVER_RPC_EVENT_SERVICE_H_
#define CADENZA_SERVER_RPC_EVENT_SERVICE_H_

#include "cadenza/v1/event_service.grpc.pb.h"
#include "server/rpc/event_stream.h"

namespace cadenza::rpc {

// The stream is raw: it takes the inputs straight from the bytes of the wire.
class EventServiceImpl : public v1::EventService::WithRawCallbackMethod_StreamEvents<
                             v1::EventService::WithCallbackMethod_SubmitEvents<v1::EventService::Service>> {
 public:
  explicit EventServiceImpl(const EventContext& context) : context_(context) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StreamEvents(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* SubmitEvents(grpc::CallbackServerContext* context, const v1::SubmitEventsRequest* request,
                                         v1::SubmitEventsResponse* response) override;

 private:
  const EventContext context_;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_EVENT_SERVICE_H_
