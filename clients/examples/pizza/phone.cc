#include "clients/examples/pizza/phone.h"

namespace cadenza::pizza {

Phone::Phone(const client::ChannelOptions& channel, const std::string& workspace, const v1::UserRef& user)
    : subscriber_(Options(channel, workspace, user)) {}

client::SubscriberOptions Phone::Options(const client::ChannelOptions& channel, const std::string& workspace,
                                         const v1::UserRef& user) {
  client::SubscriberOptions options;
  options.channel = channel;
  options.workspace = workspace;
  options.user = user;
  options.on_opened = [this](const v1::SubscribeOpened&) {
    absl::MutexLock lock(&mu_);
    online_ = true;
  };
  options.on_message = [this](const v1::Message& message) {
    const absl::Time now = absl::Now();
    absl::MutexLock lock(&mu_);
    arrivals_.push_back({message, now});
  };
  return options;
}

bool Phone::AwaitOnline(absl::Time deadline) {
  absl::MutexLock lock(&mu_);
  return mu_.AwaitWithDeadline(absl::Condition(&online_), deadline);
}

std::optional<Arrival> Phone::Await(size_t index, absl::Time deadline) {
  absl::MutexLock lock(&mu_);
  const auto here = [this, index]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return arrivals_.size() > index; };
  if (!mu_.AwaitWithDeadline(absl::Condition(&here), deadline)) return std::nullopt;
  return arrivals_[index];
}

size_t Phone::received() const {
  absl::MutexLock lock(&mu_);
  return arrivals_.size();
}

std::vector<Arrival> Phone::arrivals() const {
  absl::MutexLock lock(&mu_);
  return arrivals_;
}

}  // namespace cadenza::pizza
