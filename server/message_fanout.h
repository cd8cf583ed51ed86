// Committed messages to the hub of this process and, as hints, to the other processes.
#ifndef CADENZA_SERVER_MESSAGE_FANOUT_H_
#define CADENZA_SERVER_MESSAGE_FANOUT_H_

#include <vector>

#include "server/lanes/sinks.h"
#include "storage/message_hints.h"

namespace cadenza {

// Thread-safe, as both parts are. They must outlive it; `hints` may be null.
class MessageFanout : public MessageSink {
 public:
  MessageFanout(MessageSink* hub, MessageHints* hints) : hub_(hub), hints_(hints) {}

  void Offer(const std::vector<Message>& messages) override {
    hub_->Offer(messages);
    if (hints_ == nullptr) return;
    std::vector<UserKey> users;
    for (const Message& message : messages) {
      if (users.empty() || users.back() != message.user) users.push_back(message.user);
    }
    hints_->Publish(users);
  }
  void Hint(const std::vector<UserKey>& users) override {
    hub_->Hint(users);
    if (hints_ != nullptr) hints_->Publish(users);
  }
  // The hint makes the other processes look whether the user was merged.
  void Merged(const UserKey& from) override {
    hub_->Merged(from);
    if (hints_ != nullptr) hints_->Publish({from});
  }

 private:
  MessageSink* const hub_;
  MessageHints* const hints_;
};

}  // namespace cadenza

#endif  // CADENZA_SERVER_MESSAGE_FANOUT_H_
