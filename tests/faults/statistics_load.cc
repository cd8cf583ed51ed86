#include "tests/faults/statistics_load.h"

#include <gtest/gtest.h>

#include <thread>

#include "clients/cpp/builders.h"
#include "storage/base/text.h"
#include "tests/faults/traffic.h"

namespace cadenza::testing {
namespace {

constexpr int kUsersOfSender = 12;
constexpr int kCallsOfRun = 30;
constexpr int kInputsOfCall = 12;

void AddVariant(const std::string& id, int weight, const std::string& body, v1::Campaign* campaign) {
  v1::Variant* variant = campaign->add_variants();
  variant->set_variant_id(id);
  variant->set_weight(weight);
  variant->set_control(body.empty());
  if (body.empty()) return;
  variant->mutable_message()->set_channel("push");
  variant->mutable_message()->set_body(body);
}

v1::Conversion* AddConversion(const std::string& id, absl::Duration window, v1::Campaign* campaign) {
  v1::Conversion* conversion = campaign->add_conversions();
  conversion->set_conversion_id(id);
  conversion->mutable_window()->set_seconds(absl::ToInt64Seconds(window));
  return conversion;
}

void SetQuietHours(const std::string& start, const std::string& end, v1::QuietHours::Action action,
                   v1::Campaign* campaign) {
  v1::QuietWindow* window = campaign->mutable_quiet_hours()->add_windows();
  window->set_start(start);
  window->set_end(end);
  campaign->mutable_quiet_hours()->set_action(action);
}

// Variants and a control, a cooldown, a message that some renders abort, three goals.
v1::Campaign Thanks() {
  v1::Campaign campaign;
  campaign.set_campaign_id("thanks");
  campaign.mutable_trigger()->set_event_name("order_placed");
  campaign.set_condition("event.properties.total > 5");
  campaign.mutable_cooldown()->set_seconds(7200);
  AddVariant("a", 2, "{% if event.properties.total > 35 %}{% abort_message \"dear\" %}{% endif %}Thank you", &campaign);
  AddVariant("b", 2, "Thanks", &campaign);
  AddVariant("nobody", 1, "", &campaign);
  v1::Conversion* again = AddConversion("again", absl::Hours(12), &campaign);
  again->set_event_name("order_placed");
  again->set_condition("event.properties.total > 20");
  again->set_revenue_property("total");
  again->set_currency_code("EUR");
  AddConversion("bought", absl::Hours(48), &campaign)->mutable_purchase_made();
  AddConversion("visited", absl::Hours(1), &campaign)->set_event_name("visited");
  return campaign;
}

// Waits, for a delay and for the morning, and is cancelled by an order. Not for those who do it too often, asked twice.
v1::Campaign Cart() {
  v1::Campaign campaign;
  campaign.set_campaign_id("cart");
  campaign.mutable_trigger()->set_event_name("cart_filled");
  campaign.set_audience("user.event_count(\"cart_filled\") < 8");
  campaign.set_recheck_condition(true);
  campaign.mutable_delay()->set_seconds(3600);
  campaign.add_exception_event_names("order_placed");
  SetQuietHours("22:00", "06:00", v1::QuietHours::ACTION_HOLD, &campaign);
  AddVariant("a", 1, "Your cart", &campaign);
  AddVariant("nobody", 1, "", &campaign);
  AddConversion("bought", absl::Hours(24 * 90), &campaign)->mutable_purchase_made()->set_product_id("margherita");
  return campaign;
}

// Without variants and goals, for those who are subscribed, not at night, and only for a while.
v1::Campaign Visit(absl::Time start) {
  v1::Campaign campaign;
  campaign.set_campaign_id("visit");
  campaign.mutable_trigger()->set_event_name("visited");
  *campaign.mutable_end_time() = client::ToProto(start + absl::Hours(36));
  SetQuietHours("00:00", "07:00", v1::QuietHours::ACTION_DROP, &campaign);
  campaign.mutable_message()->set_channel("push");
  campaign.mutable_message()->set_body("Hello");
  return campaign;
}

}  // namespace

v1::WorkspaceSettings StatisticsSettings() {
  v1::WorkspaceSettings settings;
  settings.mutable_holdout()->set_basis_points(1500);
  v1::FrequencyCap* cap = settings.add_frequency_caps();
  cap->set_most(4);
  cap->mutable_window()->set_seconds(24 * 3600);
  cap->set_channel("push");
  return settings;
}

std::vector<v1::Campaign> StatisticsCampaigns(absl::Time start) { return {Thanks(), Cart(), Visit(start)}; }

StatisticsSender::StatisticsSender(int number, const std::vector<std::string>& targets, uint64_t seed, absl::Time start)
    : number_(number), random_(seed + static_cast<uint64_t>(number)), clocks_(kUsersOfSender, start) {
  for (const std::string& target : targets) clients_.push_back(std::make_unique<client::Client>(Channel(target)));
}

void StatisticsSender::Run(const MessageList& messages) {
  for (int call = 0; call < kCallsOfRun; ++call) {
    v1::SubmitEventsRequest request;
    for (int i = 0; i < kInputsOfCall; ++i) {
      *request.add_inputs() =
          sent_.empty() || random_() % 5 != 0 ? NewInput(messages) : sent_[random_() % sent_.size()];
    }
    const size_t server = random_() % clients_.size();
    if (random_() % 8 == 0) {
      std::thread other([&] { Send(request, 1 - server); });
      Send(request, server);
      other.join();
    } else {
      Send(request, server);
    }
  }
}

void StatisticsSender::Finish() {
  v1::SubmitEventsRequest request;
  for (int user = 0; user < kUsersOfSender; ++user) {
    clocks_[user] += absl::Hours(100);
    *request.add_inputs() = Named(client::Event(client::UserId(UserName(user)), "finished"), user);
  }
  Send(request, 0);
}

void StatisticsSender::Resend() {
  v1::SubmitEventsRequest request;
  for (const v1::Input& input : sent_) {
    *request.add_inputs() = input;
    if (request.inputs_size() < kInputsOfCall && &input != &sent_.back()) continue;
    Send(request, random_() % clients_.size());
    request.clear_inputs();
  }
}

std::string StatisticsSender::UserName(int user) const { return StrCat("s", number_, "u", user); }

v1::Input StatisticsSender::Named(v1::Input input, int user) {
  input.set_event_id(StrCat("s", number_, "e", ++events_));
  *input.mutable_time() = client::ToProto(clocks_[user]);
  return input;
}

v1::Input StatisticsSender::NewInput(const MessageList& messages) {
  const int user = static_cast<int>(random_() % kUsersOfSender);
  clocks_[user] += absl::Minutes(random_() % 90);
  const std::string name = UserName(user);
  // A third of the users are anonymous until they are not.
  const bool anonymous = user % 3 == 0 && !known_.contains(user);
  const v1::UserRef ref = anonymous ? client::AnonymousId("anon-" + name) : client::UserId(name);
  const auto dice = random_() % 20;
  const auto cents = static_cast<int64_t>(random_() % 4000);
  v1::Input input;
  if (anonymous && dice == 0) {
    known_.insert(user);
    input = client::Identify(client::UserId(name), "anon-" + name);
  } else if (user % 3 == 1 && dice == 0) {
    // What the known user did before the anonymous one turns out to be he.
    input = client::Event(client::AnonymousId("other-" + name), "order_placed", {{"total", client::Int(30)}});
  } else if (user % 3 == 1 && dice == 1) {
    input = client::Identify(ref, "other-" + name);
  } else if (user % 3 == 2 && dice == 0) {
    input = client::Event(client::Alias("mail", name), "order_placed", {{"total", client::Int(25)}});
  } else if (user % 3 == 2 && dice == 1) {
    input = client::AddAlias(ref, "mail", name);
  } else if (dice < 4) {
    input = client::Event(ref, "order_placed", {{"total", client::Int(cents / 100)}});
  } else if (dice < 8) {
    input = client::Event(ref, "order_placed", {{"total", client::Double(static_cast<double>(cents) / 100)}});
  } else if (dice < 11) {
    input = client::Event(ref, "cart_filled");
  } else if (dice < 14) {
    input = client::Event(ref, "visited");
  } else if (dice == 14 || messages.empty()) {
    input = client::Purchase(ref, random_() % 3 == 0 ? "diavola" : "margherita",
                             client::ParseMoney("9.99", random_() % 2 == 0 ? "EUR" : "USD").value(),
                             static_cast<int32_t>(1 + random_() % 3));
  } else if (dice < 17) {
    input = client::Subscription(
        ref, "push", random_() % 2 == 0 ? v1::SUBSCRIPTION_STATE_UNSUBSCRIBED : v1::SUBSCRIPTION_STATE_SUBSCRIBED);
  } else {
    input = ReceiptOf(messages, user, ref);
  }
  sent_.push_back(Named(std::move(input), user));
  return sent_.back();
}

v1::Input StatisticsSender::ReceiptOf(const MessageList& messages, int user, const v1::UserRef& ref) {
  std::vector<std::string> own;
  for (const auto& [user_key, message_id] : messages) {
    if (user_key == "u:" + UserName(user) || user_key == "a:anon-" + UserName(user)) own.push_back(message_id);
  }
  if (own.empty()) return client::Event(ref, "visited");
  const auto kind = static_cast<v1::Receipt::Kind>(1 + random_() % 4);
  const std::string link_id = kind == v1::Receipt::KIND_CLICKED ? StrCat("link", random_() % 2) : "";
  return client::Receipt(ref, kind, own[random_() % own.size()], link_id);
}

void StatisticsSender::Send(const v1::SubmitEventsRequest& inputs, size_t server) {
  v1::SubmitEventsRequest request = inputs;
  request.set_workspace(kShop);
  request.set_mode(v1::StreamOpen::MODE_IMPORT);
  const bool answered = Eventually([&] {
    const auto response = clients_[server]->SubmitEvents(request);
    server = (server + 1) % clients_.size();
    if (!response.ok()) return false;
    for (const v1::InputResult& result : response->results()) {
      EXPECT_FALSE(result.has_rejection()) << result.ShortDebugString();
    }
    return true;
  });
  EXPECT_TRUE(answered);
}

}  // namespace cadenza::testing
