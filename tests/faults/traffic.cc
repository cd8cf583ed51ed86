#include "tests/faults/traffic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "grpcpp/generic/generic_stub.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::testing {
namespace {

using client::Client;
using client::Event;
using client::Int;
using client::UserId;

v1::ListUserEventsRequest EventsOf(const std::string& customer) {
  v1::ListUserEventsRequest request;
  request.set_workspace(kShop);
  *request.mutable_user() = UserId(customer);
  request.set_page_size(1000);
  return request;
}

struct Listed {
  std::vector<int64_t> seqs;
  std::vector<std::string> event_ids;
};

absl::StatusOr<Listed> ListEvents(Client& client, const std::string& customer) {
  Listed listed;
  v1::ListUserEventsRequest request = EventsOf(customer);
  do {
    CADENZA_ASSIGN_OR_RETURN(v1::ListUserEventsResponse page, client.ListUserEvents(request));
    for (const v1::UserEvent& event : page.events()) {
      listed.seqs.push_back(event.user_seq());
      listed.event_ids.push_back(event.input().event_id());
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return listed;
}

absl::StatusOr<Listed> ListMessages(Client& client, const std::string& customer) {
  Listed listed;
  v1::ListMessagesRequest request;
  request.set_workspace(kShop);
  *request.mutable_user() = UserId(customer);
  request.set_page_size(1000);
  do {
    CADENZA_ASSIGN_OR_RETURN(v1::ListMessagesResponse page, client.ListMessages(request));
    for (const v1::Message& message : page.messages()) {
      listed.seqs.push_back(message.message_seq());
      listed.event_ids.push_back(message.event_id());
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return listed;
}

std::vector<int64_t> OneTo(int64_t count) {
  std::vector<int64_t> numbers;
  for (int64_t n = 1; n <= count; ++n) numbers.push_back(n);
  return numbers;
}

}  // namespace

bool Eventually(const std::function<bool()>& condition, absl::Duration limit) {
  for (const absl::Time deadline = absl::Now() + limit; !condition(); absl::SleepFor(absl::Milliseconds(2))) {
    if (absl::Now() > deadline) return false;
  }
  return true;
}

client::BackoffOptions QuickBackoff() { return {.first = absl::Milliseconds(10), .max = absl::Milliseconds(200)}; }

client::ChannelOptions Channel(const std::string& target) {
  return {.target = target, .credentials = nullptr, .own_connection = true, .backoff = QuickBackoff()};
}

void Activate(const std::string& target, const std::string& id, const std::string& condition, const std::string& body) {
  Client client(Channel(target));
  v1::CreateCampaignRequest create;
  create.set_workspace(kShop);
  v1::Campaign& campaign = *create.mutable_campaign();
  campaign.set_campaign_id(id);
  campaign.mutable_trigger()->set_event_name("order_placed");
  campaign.set_condition(condition);
  campaign.mutable_message()->set_channel("push");
  campaign.mutable_message()->set_body(body);
  const auto created = client.CreateCampaign(create);
  ASSERT_TRUE(created.ok()) << created.status();
  v1::ActivateCampaignRequest activate;
  activate.set_workspace(kShop);
  activate.set_campaign_id(id);
  const auto activated = client.ActivateCampaign(activate);
  ASSERT_TRUE(activated.ok()) << activated.status();
}

void ActivateThanks(const std::string& target) {
  Activate(target, "thanks", "", "Thank you for order {{ event.properties.n }}");
  // In force once an order is answered.
  Client client(Channel(target));
  int64_t n = 0;
  ASSERT_TRUE(Eventually([&] {
    v1::SubmitEventsRequest submit;
    submit.set_workspace(kShop);
    *submit.add_inputs() = Order("scout", ++n);
    if (!client.SubmitEvents(submit).ok()) return false;
    const auto messages = ListMessages(client, "scout");
    return messages.ok() && !messages->seqs.empty();
  }));
}

std::vector<std::string> OrderIds(const std::string& customer, int64_t count) {
  std::vector<std::string> ids;
  for (int64_t n = 1; n <= count; ++n) ids.push_back(StrCat(customer, "-", n));
  return ids;
}

v1::Input Order(const std::string& customer, int64_t n) {
  v1::Input order = Event(UserId(customer), "order_placed", {{"n", Int(n)}});
  order.set_event_id(StrCat(customer, "-", n));
  return order;
}

Phone::Phone(const std::string& target, const std::string& customer) {
  client::SubscriberOptions options;
  options.channel = Channel(target);
  options.workspace = kShop;
  options.user = UserId(customer);
  options.backoff = QuickBackoff();
  options.on_message = [this](const v1::Message& message) {
    absl::MutexLock lock(&mu_);
    event_ids_.push_back(message.event_id());
    EXPECT_EQ(message.message_seq(), static_cast<int64_t>(event_ids_.size())) << message.event_id();
  };
  subscriber_ = std::make_unique<client::Subscriber>(std::move(options));
}

std::vector<std::string> Phone::event_ids() const {
  absl::MutexLock lock(&mu_);
  return event_ids_;
}

bool Phone::AwaitCount(size_t count) const {
  absl::MutexLock lock(&mu_);
  auto enough = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return event_ids_.size() >= count; };
  return mu_.AwaitWithTimeout(absl::Condition(&enough), kPatience);
}

Traffic::Traffic(Options options) : options_(std::move(options)) {
  for (int i = 0; i < options_.producers; ++i) {
    client::ProducerOptions producer;
    producer.channel = Channel(options_.targets[i % options_.targets.size()]);
    producer.workspace = kShop;
    producer.max_buffered_inputs = options_.unacked;
    producer.backoff = QuickBackoff();
    producer.on_result = [this](const v1::Input&, const v1::InputResult& result) {
      if (result.has_duplicate()) ++duplicates_;
      if (result.has_rejection()) ++rejected_;
    };
    auto sender = std::make_unique<Sender>();
    sender->producer = std::make_unique<client::Producer>(std::move(producer));
    sender->sent.resize(options_.customers);
    senders_.push_back(std::move(sender));
  }
  for (int i = 0; i < options_.producers; ++i) senders_[i]->thread = std::thread([this, i] { Run(i); });
}

Traffic::~Traffic() {
  stop_ = true;
  for (auto& sender : senders_) {
    sender->producer->Close(absl::Now()).IgnoreError();
    if (sender->thread.joinable()) sender->thread.join();
  }
}

std::string Traffic::CustomerOf(int sender, int index) const {
  return StrCat(options_.name, sender * options_.customers + index);
}

void Traffic::Run(int index) {
  Sender& sender = *senders_[index];
  for (int64_t i = 0; !stop_ && i < options_.limit; ++i) {
    const int who = static_cast<int>(i % options_.customers);
    v1::Input order = Order(CustomerOf(index, who), sender.sent[who] + 1);
    if (options_.padding > 0) {
      (*order.mutable_custom_event()->mutable_properties())["padding"] =
          client::String(std::string(options_.padding, 'x'));
    }
    if (!sender.producer->Send(std::move(order)).ok()) return;
    ++sender.sent[who];
    ++sent_;
  }
}

int64_t Traffic::acked() const {
  int64_t acked = 0;
  for (const auto& sender : senders_) acked += sender->producer->stats().acked;
  return acked;
}

bool Traffic::AwaitAcked(int64_t count, absl::Duration limit) const {
  return Eventually([&] { return acked() >= count; }, limit);
}

absl::Status Traffic::Finish() {
  stop_ = true;
  for (auto& sender : senders_) {
    if (sender->thread.joinable()) sender->thread.join();
    CADENZA_RETURN_IF_ERROR(sender->producer->Flush(absl::Now() + kPatience));
  }
  return absl::OkStatus();
}

std::vector<std::string> Traffic::customers() const {
  std::vector<std::string> names;
  for (int i = 0; i < options_.producers * options_.customers; ++i) names.push_back(StrCat(options_.name, i));
  return names;
}

int64_t Traffic::sent_by(const std::string& customer) const {
  const std::vector<std::string> names = customers();
  const size_t i = std::find(names.begin(), names.end(), customer) - names.begin();
  return senders_[i / options_.customers]->sent[i % options_.customers];
}

absl::StatusOr<v1::Profile> GetProfile(Client& client, const std::string& customer) {
  v1::GetProfileRequest request;
  request.set_workspace(kShop);
  *request.mutable_user() = UserId(customer);
  CADENZA_ASSIGN_OR_RETURN(v1::GetProfileResponse response, client.GetProfile(request));
  return response.profile();
}

void ExpectExactly(const std::string& target, const std::string& customer, int64_t count, Expected expected) {
  Client client(Channel(target), kPatience);
  const auto profile = GetProfile(client, customer);
  ASSERT_TRUE(profile.ok()) << customer << ": " << profile.status();
  ASSERT_TRUE(profile->events().contains("order_placed")) << customer;
  EXPECT_EQ(profile->events().at("order_placed").count(), count) << customer;
  EXPECT_EQ(profile->user_seq(), count) << customer;
  EXPECT_EQ(profile->message_seq(), expected.messages ? count : 0) << customer;
  for (auto list : {ListEvents, ListMessages}) {
    if (list == ListMessages && !expected.messages) continue;
    absl::StatusOr<Listed> listed = list(client, customer);
    ASSERT_TRUE(listed.ok()) << customer << ": " << listed.status();
    EXPECT_EQ(listed->seqs, OneTo(count)) << customer;
    std::vector<std::string> ids = OrderIds(customer, count);
    if (!expected.in_order) {
      std::sort(ids.begin(), ids.end());
      std::sort(listed->event_ids.begin(), listed->event_ids.end());
    }
    EXPECT_EQ(listed->event_ids, ids) << customer;
  }
}

void ExpectExactly(const std::string& target, const Traffic& traffic, Expected expected) {
  for (const std::string& customer : traffic.customers()) {
    ExpectExactly(target, customer, traffic.sent_by(customer), expected);
  }
}

bool IsServing(const std::string& target) {
  grpc::GenericStub stub(client::MakeChannel(Channel(target)));
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(1));
  const grpc::ByteBuffer request(nullptr, 0);
  grpc::ByteBuffer response;
  grpc::Status status;
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
  call->StartCall();
  call->Finish(&response, &status, &status);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  grpc::Slice slice;
  // HealthCheckResponse.status = 1: SERVING.
  return status.ok() && response.DumpToSingleSlice(&slice).ok() && slice.size() == 2 && slice.begin()[1] == 1;
}

}  // namespace cadenza::testing
