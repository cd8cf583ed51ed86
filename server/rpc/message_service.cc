#include "server/rpc/message_service.h"

#include <algorithm>
#include <vector>

#include "server/delivery/cursor.h"
#include "server/rpc/requests.h"
#include "server/rpc/unary.h"
#include "storage/base/status_macros.h"
#include "storage/codec/wire.h"
#include "storage/user_lookup.h"

namespace cadenza::rpc {

constexpr size_t kPageBytes = 2 << 20;  // clients take 4 MiB by default
// One read of the store: bounds what a page holds in memory (512 KiB a message at most).
constexpr int kMessagesPerRead = 100;

grpc::ServerBidiReactor<v1::SubscribeMessagesRequest, v1::SubscribeMessagesResponse>*
MessageServiceImpl::SubscribeMessages(grpc::CallbackServerContext*) {
  return MessageStream::Start(context_);
}

grpc::ServerUnaryReactor* MessageServiceImpl::ListMessages(grpc::CallbackServerContext* context,
                                                           const v1::ListMessagesRequest* request,
                                                           v1::ListMessagesResponse* response) {
  return RunUnary(context, context_.pool, [=, this] { return DoList(*request, response); });
}

absl::Status MessageServiceImpl::DoList(const v1::ListMessagesRequest& request, v1::ListMessagesResponse* response) {
  CADENZA_RETURN_IF_ERROR(CheckWorkspace(request.workspace()));
  CADENZA_ASSIGN_OR_RETURN(UserKey name, CheckUser(request.workspace(), request.user(), "user"));
  CADENZA_ASSIGN_OR_RETURN(int page_size, CheckPageSize(request.page_size()));
  CADENZA_ASSIGN_OR_RETURN(int64_t after, ParseSeqToken(request.page_token()));
  CADENZA_ASSIGN_OR_RETURN(FoundUser user, LookUpUser(*context_.store, name, /*fresh=*/true));
  const absl::Time now = context_.clock->Now();
  size_t bytes = 0;
  while (true) {
    const int wanted = std::min(page_size + 1 - response->messages_size(), kMessagesPerRead);
    CADENZA_ASSIGN_OR_RETURN(std::vector<Message> messages, context_.store->ListMessages(user.key, after, wanted, now));
    for (const Message& message : messages) {
      bytes += message.title.size() + message.body.size();
      const int held = response->messages_size();
      if (held == page_size || (held > 0 && bytes > kPageBytes)) {
        response->set_next_page_token(MakeSeqToken(response->messages(held - 1).message_seq()));
        return absl::OkStatus();
      }
      v1::Message* proto = response->add_messages();
      cadenza::ToProto(message, proto);
      proto->set_cursor(FormatCursor(user.key, message.message_seq));
      after = message.message_seq;
    }
    if (static_cast<int>(messages.size()) < wanted) return absl::OkStatus();
  }
}

}  // namespace cadenza::rpc
