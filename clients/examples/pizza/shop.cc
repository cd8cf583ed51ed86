#include "clients/examples/pizza/shop.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "clients/cpp/builders.h"
#include "storage/base/ids.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"

namespace cadenza::pizza {
namespace {

using client::Double;
using client::String;

constexpr const char* kCampaigns[] = {"welcome", "abandoned_cart", "upsell", "vip_thanks", "win_back"};
constexpr char kControl[] = "nothing";
constexpr size_t kOrdering = 30;  // the first of the customers; the others were here long ago
constexpr size_t kLongAgo = 6;
constexpr size_t kCarts = 10;
constexpr size_t kCartsOrdered = 4;  // of those
constexpr size_t kVips = 3;          // the first of the customers
constexpr absl::Duration kUntilWinBack = absl::Seconds(3);

void Tell(const std::string& text) {
  std::printf("  %s\n", text.c_str());
  std::fflush(stdout);
}

}  // namespace

Shop::Shop(StoryOptions options)
    : options_(std::move(options)), client_(options_.channel, options_.patience), producer_(Producing(options_)) {
  const std::string run = NewUuidV7(absl::Now());
  for (size_t i = 0; i < kOrdering + kLongAgo; ++i) {
    Customer& customer = customers_.emplace_back();
    customer.name = StrCat("Customer ", i + 1);
    customer.user = client::UserId(StrCat("customer-", i + 1, "-", run));
  }
}

absl::Status Shop::Play() {
  std::printf("\nThe shop: five campaigns, %zu customers, at %s, workspace %s\n", customers_.size(),
              options_.channel.target.c_str(), options_.workspace.c_str());
  CADENZA_RETURN_IF_ERROR(AwaitCampaigns(options_, {std::begin(kCampaigns), std::end(kCampaigns)},
                                         "apply what is in clients/examples/pizza/shop", &client_));
  CADENZA_RETURN_IF_ERROR(TheySignUp());
  CADENZA_RETURN_IF_ERROR(TenFillTheirCarts());
  CADENZA_RETURN_IF_ERROR(AllOrder());
  CADENZA_RETURN_IF_ERROR(SomeWereHereLongAgo());
  CADENZA_RETURN_IF_ERROR(Sum());
  return producer_.Close(Deadline());
}

absl::Status Shop::TheySignUp() {
  Chapter(StrCat("1. ", kOrdering, " customers sign up: each is welcomed, once."));
  for (size_t i = 0; i < customers_.size(); ++i) {
    Customer& customer = customers_[i];
    customer.phone = std::make_unique<Phone>(options_.channel, options_.workspace, customer.user);
    if (!customer.phone->AwaitOnline(Deadline())) return NotAsTold("a phone does not get a stream");
    CADENZA_RETURN_IF_ERROR(Send(client::SetAttributes(customer.user, {{"first_name", String(customer.name)}})));
    if (i >= kOrdering) continue;
    CADENZA_RETURN_IF_ERROR(Send(client::Event(customer.user, "signed_up")));
    CADENZA_RETURN_IF_ERROR(Send(client::Event(customer.user, "signed_up")));
    Expect(customer, "welcome");
  }
  CADENZA_RETURN_IF_ERROR(Flush());
  CADENZA_RETURN_IF_ERROR(AwaitMessages());
  Tell(StrCat("signed up twice, welcomed once: ", Received("welcome"), " messages"));
  return ExplainTo(customers_.front(), "welcome");
}

absl::Status Shop::TenFillTheirCarts() {
  Chapter(StrCat("2. ", kCarts, " fill a cart; ", kCartsOrdered, " of them order before the two seconds are over."));
  for (size_t i = 0; i < kCarts; ++i) {
    Customer& customer = customers_[kOrdering - 1 - i];
    CADENZA_RETURN_IF_ERROR(Send(client::Event(customer.user, "cart_filled", {{"item", String("Margherita")}})));
    if (i < kCartsOrdered) {
      CADENZA_RETURN_IF_ERROR(
          Send(client::Event(customer.user, "order_placed", {{"total", Double(11.5)}, {"currency", String("EUR")}})));
    } else {
      Expect(customer, "abandoned_cart");
    }
  }
  CADENZA_RETURN_IF_ERROR(Flush());
  for (size_t i = 0; i < kCartsOrdered; ++i) {
    Customer& customer = customers_[kOrdering - 1 - i];
    CADENZA_ASSIGN_OR_RETURN(const v1::Decision dessert, NewestDecision(customer, "upsell"));
    if (dessert.outcome() == v1::Decision::OUTCOME_SENT) Expect(customer, "upsell");
  }
  CADENZA_RETURN_IF_ERROR(AwaitMessages());
  Tell(StrCat(Received("abandoned_cart"), " were reminded; the order took the others' reminders away"));
  return ExplainTo(customers_[kOrdering - 1], "abandoned_cart");
}

absl::Status Shop::AllOrder() {
  Chapter(StrCat("3. All ", kOrdering, " order; ", kVips, " of them for 120 EUR, which makes them VIPs."));
  for (size_t i = 0; i < kOrdering; ++i) {
    Customer& customer = customers_[i];
    const bool vip = i < kVips;
    CADENZA_ASSIGN_OR_RETURN(const v1::Money price, client::ParseMoney(vip ? "120" : "11.50", "EUR"));
    CADENZA_RETURN_IF_ERROR(Send(client::Event(customer.user, "order_placed",
                                               {{"total", Double(vip ? 120 : 11.5)}, {"currency", String("EUR")}})));
    CADENZA_RETURN_IF_ERROR(Send(client::Purchase(customer.user, vip ? "party" : "margherita", price)));
    if (vip) Expect(customer, "vip_thanks");
  }
  CADENZA_RETURN_IF_ERROR(Flush());
  std::map<std::string, int> variants;
  const Customer* control = nullptr;
  for (size_t i = 0; i < kOrdering; ++i) {
    Customer& customer = customers_[i];
    CADENZA_ASSIGN_OR_RETURN(v1::Decision dessert, NewestDecision(customer, "upsell"));
    // Those who ordered before are in the cooldown now: it stops them before their variant.
    if (dessert.variant_id().empty()) continue;
    ++variants[dessert.variant_id()];
    const bool is_control = dessert.variant_id() == kControl;
    if (is_control != (dessert.outcome() == v1::Decision::OUTCOME_CONTROL)) {
      return NotAsTold(StrCat(customer.name, " is in ", dessert.variant_id(), " and was ",
                              v1::Decision::Outcome_Name(dessert.outcome())));
    }
    if (is_control) control = &customer;
    if (!is_control) Expect(customer, "upsell");
  }
  CADENZA_RETURN_IF_ERROR(AwaitMessages());
  std::string split;
  for (const auto& [variant_id, count] : variants) StrAppend(&split, split.empty() ? "" : ", ", count, " ", variant_id);
  Tell(StrCat("by this order: ", split, "; the ", kCartsOrdered, " who ordered before are not asked twice in a week"));
  Tell(StrCat("thanks to ", Received("vip_thanks"), " VIPs"));
  CADENZA_RETURN_IF_ERROR(ExplainTo(customers_[kOrdering - 1], "upsell"));
  return control == nullptr ? absl::OkStatus() : ExplainTo(*control, "upsell");
}

absl::Status Shop::SomeWereHereLongAgo() {
  Chapter(StrCat("4. ", kLongAgo, " bought forty days ago. In three seconds it is time to win them back."));
  v1::SubmitEventsRequest past;
  past.set_workspace(options_.workspace);
  past.set_mode(v1::StreamOpen::MODE_IMPORT);
  for (size_t i = kOrdering; i < customers_.size(); ++i) {
    CADENZA_ASSIGN_OR_RETURN(const v1::Money price, client::ParseMoney("23", "EUR"));
    v1::Input& input = *past.add_inputs();
    input = client::Purchase(customers_[i].user, "margherita", price, 2);
    input.set_event_id(StrCat("long-ago-", i));
    *input.mutable_time() = client::ToProto(absl::Now() - absl::Hours(40 * 24));
    Expect(customers_[i], "win_back");
  }
  CADENZA_RETURN_IF_ERROR(client_.SubmitEvents(past).status());
  v1::GetCampaignRequest get;
  get.set_workspace(options_.workspace);
  get.set_campaign_id("win_back");
  CADENZA_ASSIGN_OR_RETURN(v1::GetCampaignResponse stored, client_.GetCampaign(get));
  // Not at ten tomorrow: the show goes on.
  v1::UpdateCampaignRequest update;
  update.set_workspace(options_.workspace);
  *update.mutable_campaign() = std::move(*stored.mutable_campaign());
  const absl::Time due = absl::Now() + kUntilWinBack;
  *update.mutable_campaign()->mutable_trigger()->mutable_schedule()->mutable_at() = client::ToProto(due);
  update.mutable_campaign()->mutable_trigger()->mutable_schedule()->clear_time_zone();
  CADENZA_RETURN_IF_ERROR(client_.UpdateCampaign(update).status());
  CADENZA_RETURN_IF_ERROR(AwaitMessages());
  Tell(StrCat(Received("win_back"), " messages, the last one ",
              absl::FormatDuration(absl::Trunc(absl::Now() - due, absl::Milliseconds(1))), " after its time"));
  return ExplainTo(customers_.back(), "win_back");
}

absl::Status Shop::Sum() {
  Chapter("What each campaign sent");
  for (const char* id : kCampaigns) {
    int expected = 0;
    for (const Customer& customer : customers_) {
      const auto it = customer.expected.find(id);
      if (it != customer.expected.end()) expected += it->second;
    }
    const int received = Received(id);
    if (received != expected) {
      return NotAsTold(StrCat(id, " sent ", received, " messages instead of ", expected));
    }
    std::printf("  %-16s %3d\n", id, received);
  }
  std::fflush(stdout);
  return absl::OkStatus();
}

absl::Status Shop::Send(v1::Input input) { return producer_.Send(std::move(input), Deadline()).status(); }

void Shop::Expect(Customer& customer, const std::string& campaign_id) {
  ++customer.expected[campaign_id];
  ++customer.messages;
}

absl::Status Shop::AwaitMessages() {
  for (const Customer& customer : customers_) {
    const auto expected = static_cast<size_t>(customer.messages);
    if (expected > 0 && !customer.phone->Await(expected - 1, Deadline()).has_value()) {
      return NotAsTold(StrCat(customer.name, " got ", customer.phone->received(), " messages instead of ", expected));
    }
    if (customer.phone->received() > expected) {
      return NotAsTold(StrCat(customer.name, " got ", customer.phone->received(), " messages, not ", expected));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Decision> Shop::NewestDecision(const Customer& customer, const std::string& campaign_id) {
  v1::ExplainCampaignRequest request;
  request.set_workspace(options_.workspace);
  request.set_campaign_id(campaign_id);
  *request.mutable_user() = customer.user;
  request.set_page_size(1);
  CADENZA_ASSIGN_OR_RETURN(const v1::ExplainCampaignResponse response, client_.ExplainCampaign(request));
  if (response.decisions().empty()) return NotAsTold(StrCat(campaign_id, " has decided nothing of ", customer.name));
  return response.decisions(0);
}

absl::Status Shop::ExplainTo(const Customer& customer, const std::string& campaign_id) {
  CADENZA_ASSIGN_OR_RETURN(const v1::Decision decision, NewestDecision(customer, campaign_id));
  Tell(StrCat("why, for ", customer.name, ":"));
  for (const v1::GateVerdict& gate : decision.gates()) {
    Tell(StrCat("  ", gate.passed() ? "passed " : "stopped ", gate.gate(), ": ", gate.detail()));
  }
  return absl::OkStatus();
}

int Shop::Received(const std::string& campaign_id) const {
  int count = 0;
  for (const Customer& customer : customers_) {
    for (const Arrival& arrival : customer.phone->arrivals()) count += arrival.message.campaign_id() == campaign_id;
  }
  return count;
}

}  // namespace cadenza::pizza
