// MessageService: hands streams to MessageStream; ListMessages runs on the worker pool.
#ifndef CADENZA_SERVER_RPC_MESSAGE_SERVICE_H_
#define CADENZA_SERVER_RPC_MESSAGE_SERVICE_H_

#include "absl/status/status.h"
#include "cadenza/v1/message_service.grpc.pb.h"
#include "server/rpc/message_stream.h"

namespace cadenza::rpc {

class MessageServiceImpl : public v1::MessageService::CallbackService {
 public:
  explicit MessageServiceImpl(const MessageContext& context) : context_(context) {}

  grpc::ServerBidiReactor<v1::SubscribeMessagesRequest, v1::SubscribeMessagesResponse>* SubscribeMessages(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* ListMessages(grpc::CallbackServerContext* context, const v1::ListMessagesRequest* request,
                                         v1::ListMessagesResponse* response) override;

 private:
  absl::Status DoList(const v1::ListMessagesRequest& request, v1::ListMessagesResponse* response);

  const MessageContext context_;
};

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_MESSAGE_SERVICE_H_
