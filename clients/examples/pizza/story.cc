#include "clients/examples/pizza/story.h"

#include <cstdio>
#include <utility>

#include "clients/cpp/builders.h"
#include "storage/base/ids.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::pizza {
namespace {

using client::Double;
using client::Int;
using client::List;
using client::Map;
using client::String;

constexpr char kCurrency[] = "EUR";
void Tell(const std::string& what, absl::Duration took, const std::string& more = "") {
  std::printf("  %-58s %8.2f ms  %s\n", what.c_str(), absl::ToDoubleMilliseconds(took), more.c_str());
  std::fflush(stdout);
}

}  // namespace

Story::Story(StoryOptions options)
    : options_(std::move(options)), client_(options_.channel, options_.patience), producer_(Producing(options_)) {
  const std::string run = NewUuidV7(absl::Now());
  ada_ = {.name = "Ada", .user = client::UserId(StrCat("ada-", run))};
  ben_ = {.name = "Ben", .user = client::UserId(StrCat("ben-", run))};
  cleo_ = {.name = "Cleo", .user = client::UserId(StrCat("cleo-", run))};
}

absl::Status Story::Play() {
  const absl::Time begin = absl::Now();
  std::printf("The pizza story, at %s, workspace %s\n", options_.channel.target.c_str(), options_.workspace.c_str());
  CADENZA_RETURN_IF_ERROR(AwaitCampaigns(options_, {"garlic_knots", "order_confirmation"},
                                         "run: cadenza campaign apply clients/examples/pizza/*.yaml", &client_));
  CADENZA_RETURN_IF_ERROR(AdaOpensTheApp());
  CADENZA_RETURN_IF_ERROR(AdaOrders());
  CADENZA_RETURN_IF_ERROR(AdaOrdersAgain());
  CADENZA_RETURN_IF_ERROR(BenHasUnsubscribed());
  CADENZA_RETURN_IF_ERROR(CleosPhoneIsOff());
  CADENZA_RETURN_IF_ERROR(EverythingIsSentAgain());
  CADENZA_RETURN_IF_ERROR(Sum());
  Tell("the whole story", absl::Now() - begin);
  return producer_.Close(Deadline());
}

absl::Status Story::AdaOpensTheApp() {
  Chapter("1. Ada opens the app.");
  adas_phone_ = std::make_unique<Phone>(options_.channel, options_.workspace, ada_.user);
  if (!adas_phone_->AwaitOnline(Deadline())) return NotAsTold("Ada's phone does not get a stream");
  CADENZA_RETURN_IF_ERROR(Send(ada_, client::SetAttributes(ada_.user, {{"first_name", String("Ada")}})).status());
  CADENZA_ASSIGN_OR_RETURN(const Sent sent, Send(ada_, client::SessionStart(ada_.user)));
  Tell("session start sent -> acked", sent.acked - sent.sent);
  const absl::Time asked = absl::Now();
  CADENZA_ASSIGN_OR_RETURN(const v1::Profile profile, ProfileOf(ada_));
  if (!profile.sessions().has_current() || profile.sessions().count() != 1)
    return NotAsTold("the profile has no session");
  Tell("her profile read, with the session and her name", absl::Now() - asked,
       profile.sessions().current().session_id());
  return absl::OkStatus();
}

absl::Status Story::AdaOrders() {
  Chapter("2. Ada orders two Margheritas, 23.00 EUR.");
  CADENZA_ASSIGN_OR_RETURN(const Sent order, Send(ada_, Order(ada_, {"Margherita", 2, 11.5})));
  CADENZA_ASSIGN_OR_RETURN(const Sent next, Send(ada_, client::Event(ada_.user, "order_tracking_opened")));
  CADENZA_ASSIGN_OR_RETURN(
      const Arrival offer,
      Expect(ada_, *adas_phone_, "Ada, your 2 Margherita pizzas are in the oven. Garlic knots for 3.50 EUR?",
             order.sent, "order sent"));
  offer_latency_ = offer.time - order.sent;
  Tell("order sent -> acked", order.acked - order.sent);
  if (offer.time > next.acked) return NotAsTold("the message came after the ack of Ada's next event");
  Tell("the message came before the ack of her next event, by", next.acked - offer.time);
  return absl::OkStatus();
}

absl::Status Story::AdaOrdersAgain() {
  Chapter("3. Ada orders again: confirmed, no knots offered.");
  const v1::Input again = Order(ada_, {"Diavola", 2, 12.5});
  CADENZA_ASSIGN_OR_RETURN(const Sent order, Send(ada_, again));
  CADENZA_ASSIGN_OR_RETURN(
      const Arrival confirmation,
      Expect(ada_, *adas_phone_, "Ada, your 2 Diavola pizzas are in the oven.", order.sent, "order sent"));
  confirmation_latency_ = confirmation.time - order.sent;
  Tell("order sent -> acked", order.acked - order.sent);
  CADENZA_ASSIGN_OR_RETURN(const v1::Profile profile, ProfileOf(ada_));
  const auto knots = profile.campaigns().find("garlic_knots");
  if (knots == profile.campaigns().end() || knots->second.count() != 1)
    return NotAsTold("the knots were not offered just once");
  v1::PreviewCampaignRequest preview;
  preview.set_workspace(options_.workspace);
  preview.set_campaign_id("garlic_knots");
  *preview.mutable_input() = again;
  preview.mutable_input()->clear_event_id();
  const absl::Time asked = absl::Now();
  CADENZA_ASSIGN_OR_RETURN(const v1::PreviewCampaignResponse why, client_.PreviewCampaign(preview));
  if (why.has_message() || why.gates().empty())
    return NotAsTold("a preview of the knots says that they would be offered");
  const v1::GateVerdict& gate = why.gates(why.gates_size() - 1);
  Tell("asked why no knots", absl::Now() - asked, StrCat("the gate \"", gate.gate(), "\" stops them"));
  return absl::OkStatus();
}

absl::Status Story::BenHasUnsubscribed() {
  Chapter("4. Ben has unsubscribed; he orders two Margheritas.");
  CADENZA_RETURN_IF_ERROR(Send(ben_, client::SetAttributes(ben_.user, {{"first_name", String("Ben")}})).status());
  CADENZA_ASSIGN_OR_RETURN(const Sent left,
                           Send(ben_, client::Subscription(ben_.user, "push", v1::SUBSCRIPTION_STATE_UNSUBSCRIBED)));
  Tell("unsubscribed sent -> acked", left.acked - left.sent);
  CADENZA_ASSIGN_OR_RETURN(const Sent order, Send(ben_, Order(ben_, {"Margherita", 2, 11.5})));
  Tell("order sent -> acked", order.acked - order.sent);
  CADENZA_ASSIGN_OR_RETURN(const v1::Profile profile, ProfileOf(ben_));
  const auto push = profile.subscriptions().find("push");
  const auto orders = profile.events().find("order_placed");
  if (push == profile.subscriptions().end() || push->second != v1::SUBSCRIPTION_STATE_UNSUBSCRIBED ||
      orders == profile.events().end() || orders->second.count() != 1) {
    return NotAsTold("Ben's profile did not follow");
  }
  // The message would have been written in the transaction that was acked.
  CADENZA_ASSIGN_OR_RETURN(const int64_t messages, StoredMessages(ben_));
  if (messages != 0) return NotAsTold("Ben got a message");
  std::printf("  his profile follows: unsubscribed, one order; no message was written\n");
  return absl::OkStatus();
}

absl::Status Story::CleosPhoneIsOff() {
  Chapter("5. Cleo, who speaks French, has her phone off; she orders at the counter.");
  const v1::Input cleo =
      client::SetAttributes(cleo_.user, {{"first_name", String("Cleo")}, {"language", String("fr-BE")}});
  CADENZA_RETURN_IF_ERROR(Send(cleo_, cleo).status());
  CADENZA_ASSIGN_OR_RETURN(const Sent order, Send(cleo_, Order(cleo_, {"Margherita", 2, 11.5})));
  Tell("order sent -> acked", order.acked - order.sent);
  CADENZA_ASSIGN_OR_RETURN(const int64_t waiting, StoredMessages(cleo_));
  if (waiting != 1) return NotAsTold(StrCat(waiting, " messages wait for Cleo, not one"));
  std::printf("  one message waits\n");
  const absl::Time on = absl::Now();
  Phone phone(options_.channel, options_.workspace, cleo_.user);
  CADENZA_ASSIGN_OR_RETURN(
      const Arrival offer,
      Expect(cleo_, phone, "Cleo, vos 2 pizzas Margherita sont au four. Des noeuds à l'ail pour 3,50 EUR ?", on,
             "phone on"));
  waited_latency_ = offer.time - on;
  return absl::OkStatus();
}

absl::Status Story::EverythingIsSentAgain() {
  Chapter("6. The same inputs are sent again: nothing happens twice.");
  const int64_t before = producer_.stats().duplicates;
  const absl::Time begin = absl::Now();
  for (const v1::Input& input : history_) CADENZA_RETURN_IF_ERROR(producer_.Send(input, Deadline()).status());
  CADENZA_RETURN_IF_ERROR(producer_.Flush(Deadline()));
  const client::ProducerStats stats = producer_.stats();
  const int64_t duplicates = stats.duplicates - before;
  if (duplicates != static_cast<int64_t>(history_.size()) || stats.rejected != 0) {
    return NotAsTold(StrCat(duplicates, " of ", history_.size(), " inputs came back as duplicates, ", stats.rejected,
                            " were rejected"));
  }
  Tell(StrCat(duplicates, " inputs sent -> all acked as duplicates"), absl::Now() - begin);
  for (const Customer* customer : {&ada_, &ben_, &cleo_}) {
    CADENZA_ASSIGN_OR_RETURN(const v1::Profile profile, ProfileOf(*customer));
    CADENZA_ASSIGN_OR_RETURN(const int64_t messages, StoredMessages(*customer));
    if (profile.user_seq() != customer->inputs || messages != customer->messages) {
      return NotAsTold(StrCat(customer->name, " has ", profile.user_seq(), " inputs and ", messages, " messages, not ",
                              customer->inputs, " and ", customer->messages));
    }
  }
  if (static_cast<int64_t>(adas_phone_->received()) != ada_.messages)
    return NotAsTold("Ada's phone got a message twice");
  std::printf("  all three profiles and all messages are as they were\n");
  return absl::OkStatus();
}

absl::Status Story::Sum() {
  int64_t events = 0;
  int64_t messages = 0;
  for (const Customer* customer : {&ada_, &ben_, &cleo_}) {
    CADENZA_ASSIGN_OR_RETURN(const int64_t stored, StoredEvents(*customer));
    CADENZA_ASSIGN_OR_RETURN(const int64_t written, StoredMessages(*customer));
    if (stored != customer->inputs)
      return NotAsTold(StrCat(customer->name, " has ", stored, " events stored, not ", customer->inputs));
    events += stored;
    messages += written;
  }
  Chapter("What happened");
  std::printf("  stored: %lld inputs of 3 customers, each once\n", static_cast<long long>(events));
  std::printf("  sent:   %lld messages, each once: 2 to Ada, none to Ben, 1 to Cleo\n",
              static_cast<long long>(messages));
  Tell("event sent -> offer on the open stream", offer_latency_);
  Tell("event sent -> confirmation on the open stream", confirmation_latency_);
  Tell("phone on -> the message that waited", waited_latency_);
  Tell(StrCat("event sent -> acked, on average of ", acks_), ack_total_ / std::max<int64_t>(1, acks_));
  return absl::OkStatus();
}

absl::StatusOr<Story::Sent> Story::Send(Customer& customer, v1::Input input) {
  if (input.event_id().empty()) input.set_event_id(NewUuidV7(absl::Now()));
  // With a time of its own the input is the same, to the byte, when it is sent again.
  if (!input.has_time()) *input.mutable_time() = client::ToProto(absl::Now());
  history_.push_back(input);
  ++customer.inputs;
  Sent result;
  result.sent = absl::Now();
  CADENZA_RETURN_IF_ERROR(producer_.Send(std::move(input), Deadline()).status());
  CADENZA_RETURN_IF_ERROR(producer_.Flush(Deadline()));
  result.acked = absl::Now();
  ack_total_ += result.acked - result.sent;
  ++acks_;
  if (producer_.stats().rejected > 0) return NotAsTold(StrCat("an input of ", customer.name, " was rejected"));
  return result;
}

v1::Input Story::Order(const Customer& customer, const Pizza& pizza) const {
  return client::Event(customer.user, "order_placed",
                       {{"lines", List({Map({{"name", String(pizza.name)},
                                             {"size", String("32 cm")},
                                             {"quantity", Int(pizza.quantity)},
                                             {"price", Double(pizza.price)}})})},
                        {"total", Double(static_cast<double>(pizza.quantity) * pizza.price)},
                        {"currency", String(kCurrency)}});
}

absl::StatusOr<v1::Profile> Story::ProfileOf(const Customer& customer) {
  v1::GetProfileRequest request;
  request.set_workspace(options_.workspace);
  *request.mutable_user() = customer.user;
  request.set_min_seq(customer.inputs);
  CADENZA_ASSIGN_OR_RETURN(v1::GetProfileResponse response, client_.GetProfile(request));
  return std::move(*response.mutable_profile());
}

absl::StatusOr<int64_t> Story::StoredMessages(const Customer& customer) {
  v1::ListMessagesRequest request;
  request.set_workspace(options_.workspace);
  *request.mutable_user() = customer.user;
  CADENZA_ASSIGN_OR_RETURN(const v1::ListMessagesResponse response, client_.ListMessages(request));
  return response.messages_size();
}

absl::StatusOr<int64_t> Story::StoredEvents(const Customer& customer) {
  v1::ListUserEventsRequest request;
  request.set_workspace(options_.workspace);
  *request.mutable_user() = customer.user;
  CADENZA_ASSIGN_OR_RETURN(const v1::ListUserEventsResponse response, client_.ListUserEvents(request));
  return response.events_size();
}

absl::StatusOr<Arrival> Story::Expect(Customer& customer, Phone& phone, const std::string& body, absl::Time since,
                                      const std::string& from) {
  std::optional<Arrival> arrival = phone.Await(static_cast<size_t>(customer.messages), Deadline());
  if (!arrival.has_value()) return NotAsTold(StrCat("no message came to ", customer.name));
  ++customer.messages;
  if (arrival->message.body() != body) {
    return NotAsTold(StrCat(customer.name, " got \"", arrival->message.body(), "\" instead of \"", body, "\""));
  }
  Tell(StrCat(from, " -> message on ", customer.name, "'s phone"), arrival->time - since, StrCat("\"", body, "\""));
  return *std::move(arrival);
}

}  // namespace cadenza::pizza
