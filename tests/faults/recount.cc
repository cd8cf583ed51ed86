#include "tests/faults/recount.h"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <tuple>

#include "cadenza/v1/input.pb.h"
#include "server/rules/decision_text.h"
#include "storage/base/status_macros.h"
#include "storage/base/text.h"
#include "storage/model/decision.h"

namespace cadenza::testing {
namespace {

using Row = std::vector<std::string>;

absl::StatusOr<std::vector<Row>> Query(const std::string& database, const std::string& sql,
                                       const std::string& parameter) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(database.c_str()), &PQfinish);
  const char* const values[] = {parameter.c_str()};
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexecParams(connection.get(), sql.c_str(), 1, nullptr, values, nullptr, nullptr, 0), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return absl::InternalError(PQerrorMessage(connection.get()));
  std::vector<Row> rows;
  for (int i = 0; i < PQntuples(result.get()); ++i) {
    Row& row = rows.emplace_back();
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      row.emplace_back(PQgetvalue(result.get(), i, column), PQgetlength(result.get(), i, column));
    }
  }
  return rows;
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

struct StoredInput {
  int64_t user_seq = 0;
  std::string event_id;
  absl::Time time;
  v1::Input input;
  std::vector<Decision> decisions;
};

struct StoredMessage {
  std::string campaign_id, variant_id;
  std::set<int> reported;  // kinds
};

struct TouchThen {
  std::string campaign_id, variant_id;
  absl::Time time;
  std::set<std::string> converted;
};

// What a user was counted as, so far.
struct UserThen {
  std::map<std::string, std::string> variant;          // by campaign: where he counts
  std::map<std::string, std::set<std::string>> times;  // by campaign: what he was counted for
  std::vector<TouchThen> touches;
};

bool HasGate(const Decision& decision, Gate gate) {
  return std::any_of(decision.gates.begin(), decision.gates.end(),
                     [gate](const GateVerdict& verdict) { return verdict.gate == gate && verdict.passed; });
}

// Whether the decision allocated the user: one at a trigger that no gate before the variant stopped.
bool IsEntry(const Decision& decision) {
  if (!HasGate(decision, Gate::kTrigger)) return false;
  if (decision.outcome != DecisionOutcome::kStopped) return true;
  return HasGate(decision, Gate::kVariant) || decision.gates.back().gate >= Gate::kDelay;
}

std::optional<std::pair<std::string, double>> RevenueOf(const v1::Conversion& conversion, const v1::Input& input) {
  constexpr double kNanos = 1e9;
  if (input.has_purchase()) {
    const v1::Money& price = input.purchase().price();
    return std::pair(price.currency_code(),
                     (static_cast<double>(price.units()) * kNanos + price.nanos()) * input.purchase().quantity());
  }
  const auto& properties = input.custom_event().properties();
  const auto total = properties.find(conversion.revenue_property());
  if (total == properties.end()) return std::nullopt;
  const double amount =
      total->second.has_int64_value() ? static_cast<double>(total->second.int64_value()) : total->second.double_value();
  return std::pair(conversion.currency_code(), std::nearbyint(amount * kNanos));
}

class Recounting {
 public:
  explicit Recounting(const std::vector<v1::Campaign>& campaigns) : campaigns_(campaigns) {}

  absl::Status Load(const std::string& database, const std::string& workspace) {
    CADENZA_ASSIGN_OR_RETURN(
        const std::vector<Row> messages,
        Query(database, "SELECT message_id, campaign_id, variant_id FROM messages WHERE workspace = $1", workspace));
    for (const Row& row : messages) {
      messages_[row[0]] = {row[1], row[2], {}};
      ++messages_of_[StrCat(row[1], "/", row[2])];
    }
    CADENZA_ASSIGN_OR_RETURN(const std::vector<Row> events,
                             Query(database,
                                   "SELECT user_key, user_seq, event_id, event_time, encode(body, 'hex'), "
                                   "encode(coalesce(decisions, ''), 'hex') FROM events WHERE workspace = $1 "
                                   "ORDER BY user_key, user_seq",
                                   workspace));
    for (const Row& row : events) {
      StoredInput& stored = inputs_[row[0]].emplace_back();
      stored.user_seq = std::stoll(row[1]);
      stored.event_id = row[2];
      stored.time = absl::FromUnixMicros(std::stoll(row[3]));
      if (!stored.input.ParseFromString(FromHex(row[4]))) return absl::DataLossError("an input");
      const UserKey user{workspace, row[0]};
      CADENZA_ASSIGN_OR_RETURN(
          stored.decisions, rules::ReadDecisions(FromHex(row[5]), {user, stored.user_seq, stored.event_id}, nullptr));
    }
    return absl::OkStatus();
  }

  Numbers Run() {
    while (!inputs_.empty()) RunUser(inputs_.begin()->first);
    for (const auto& [name, count] : messages_of_) {
      EXPECT_EQ(numbers_[StrCat(name, " sent")], count) << name << ": messages and decisions";
    }
    std::erase_if(numbers_, [](const auto& entry) { return entry.second == 0; });
    return numbers_;
  }

 private:
  // All that was counted of a user whose inputs were not counted before.
  UserThen RunUser(const std::string& key) {
    UserThen user;
    const auto node = inputs_.extract(key);
    if (node.empty()) return user;
    for (const StoredInput& stored : node.mapped()) {
      if (stored.input.has_identify()) {
        Merge(RunUser(StrCat("a:", stored.input.identify().anonymous_id())), &user);
      }
      if (stored.input.has_receipt()) CountReceipt(stored.input.receipt(), &user);
      Convert(stored, &user);
      for (const Decision& decision : stored.decisions) CountDecision(decision, stored.time, &user);
    }
    return user;
  }

  void Add(const std::string& campaign_id, const std::string& variant_id, const std::string& what, double value = 1) {
    numbers_[StrCat(campaign_id, "/", variant_id, " ", what)] += value;
  }
  // And the user, where he counts.
  void AddWithUser(const std::string& campaign_id, const std::string& variant_id, const std::string& what,
                   UserThen* user) {
    Add(campaign_id, variant_id, what);
    const std::string counts_in = user->variant.try_emplace(campaign_id, variant_id).first->second;
    if (user->times[campaign_id].insert(what).second) Add(campaign_id, counts_in, what + " users");
  }

  void CountDecision(const Decision& decision, absl::Time time, UserThen* user) {
    const std::string &campaign = decision.campaign_id, &variant = decision.variant_id;
    if (IsEntry(decision)) {
      AddWithUser(campaign, variant, "entered", user);
      if (decision.outcome == DecisionOutcome::kControl) AddWithUser(campaign, variant, "controls", user);
      user->touches.push_back({campaign, variant, time, {}});
    }
    switch (decision.outcome) {
      case DecisionOutcome::kStopped:
        return Add(campaign, variant, StrCat("stopped by ", GateName(decision.gates.back().gate)));
      case DecisionOutcome::kWaits:
        return Add(campaign, variant, "waited");
      case DecisionOutcome::kCancelled:
        return Add(campaign, variant, "cancelled");
      case DecisionOutcome::kSent:
        return AddWithUser(campaign, variant, "sent", user);
      default:
        return;
    }
  }

  void CountReceipt(const v1::Receipt& receipt, UserThen* user) {
    StoredMessage& message = messages_[receipt.message_id()];
    const auto report = [&](v1::Receipt::Kind kind, const char* what) {
      if (message.reported.insert(kind).second) AddWithUser(message.campaign_id, message.variant_id, what, user);
    };
    if (receipt.kind() == v1::Receipt::KIND_DISMISSED) return report(v1::Receipt::KIND_DISMISSED, "dismissed");
    if (receipt.kind() == v1::Receipt::KIND_CLICKED) report(v1::Receipt::KIND_CLICKED, "clicked");
    if (receipt.kind() != v1::Receipt::KIND_DELIVERED) report(v1::Receipt::KIND_OPENED, "opened");
    report(v1::Receipt::KIND_DELIVERED, "delivered");
  }

  static bool Fulfils(const v1::Conversion& conversion, const v1::Input& input) {
    if (conversion.goal_case() == v1::Conversion::kPurchaseMade) return input.has_purchase();
    if (!input.has_custom_event() || input.custom_event().name() != conversion.event_name()) return false;
    // The one condition that campaigns of the test have.
    if (conversion.condition().empty()) return true;
    return input.custom_event().properties().at("total").int64_value() > 20;
  }

  void Convert(const StoredInput& stored, UserThen* user) {
    std::vector<std::tuple<const v1::Campaign*, const v1::Conversion*, TouchThen*>> found;
    for (const v1::Campaign& campaign : campaigns_) {
      for (const v1::Conversion& conversion : campaign.conversions()) {
        if (!Fulfils(conversion, stored.input)) continue;
        TouchThen* latest = nullptr;
        for (TouchThen& touch : user->touches) {
          const absl::Duration since = stored.time - touch.time;
          if (touch.campaign_id == campaign.campaign_id() && since >= absl::ZeroDuration() &&
              since <= absl::Seconds(conversion.window().seconds()) &&
              !touch.converted.contains(conversion.conversion_id()) &&
              (latest == nullptr || touch.time >= latest->time)) {
            latest = &touch;
          }
        }
        if (latest != nullptr) found.emplace_back(&campaign, &conversion, latest);
      }
    }
    std::string last_campaign;
    absl::Time last_time = absl::InfinitePast();
    for (const auto& [campaign, conversion, touch] : found) {
      const std::string& id = campaign->campaign_id();
      if (touch->time > last_time || (touch->time == last_time && id < last_campaign)) {
        last_time = touch->time;
        last_campaign = id;
      }
    }
    for (const auto& [campaign, conversion, touch] : found) {
      touch->converted.insert(conversion->conversion_id());
      const auto revenue = RevenueOf(*conversion, stored.input);
      for (const char* by : {"any_touch", "last_touch"}) {
        if (by == std::string("last_touch") && campaign->campaign_id() != last_campaign) continue;
        const std::string what = StrCat(conversion->conversion_id(), " ", by);
        AddWithUser(touch->campaign_id, touch->variant_id, what, user);
        if (!revenue.has_value()) continue;
        Add(touch->campaign_id, touch->variant_id, StrCat(what, " ", revenue->first), revenue->second);
      }
    }
  }

  void Merge(UserThen from, UserThen* to) {
    for (auto& [campaign_id, times] : from.times) {
      const std::string theirs = from.variant[campaign_id];
      const std::string ours = to->variant.try_emplace(campaign_id, theirs).first->second;
      for (const std::string& what : times) {
        Add(campaign_id, theirs, what + " users", -1);
        if (to->times[campaign_id].insert(what).second) Add(campaign_id, ours, what + " users");
      }
    }
    to->touches.insert(to->touches.end(), from.touches.begin(), from.touches.end());
    std::stable_sort(to->touches.begin(), to->touches.end(),
                     [](const TouchThen& a, const TouchThen& b) { return a.time < b.time; });
  }

  const std::vector<v1::Campaign>& campaigns_;
  std::map<std::string, std::vector<StoredInput>> inputs_;  // by user, of those that are yet to be counted
  std::map<std::string, StoredMessage> messages_;           // by message_id
  std::map<std::string, double> messages_of_;               // by campaign and variant
  Numbers numbers_;
};

void AddCount(const std::string& name, const v1::StatsCount& count, Numbers* numbers) {
  (*numbers)[name] += static_cast<double>(count.total());
  (*numbers)[name + " users"] += static_cast<double>(count.users());
}

void AddAttributed(const std::string& name, const v1::AttributedCounts& counts, Numbers* numbers) {
  AddCount(name, counts.converted(), numbers);
  for (const v1::Money& money : counts.revenue()) {
    (*numbers)[StrCat(name, " ", money.currency_code())] += static_cast<double>(money.units()) * 1e9 + money.nanos();
  }
}

}  // namespace

absl::StatusOr<Numbers> Recount(const std::string& database, const std::string& workspace,
                                const std::vector<v1::Campaign>& campaigns) {
  Recounting recounting(campaigns);
  CADENZA_RETURN_IF_ERROR(recounting.Load(database, workspace));
  return recounting.Run();
}

void AddNumbers(const v1::CampaignStats& stats, Numbers* numbers) {
  for (const v1::VariantStats& variant : stats.variants()) {
    AddCounts(StrCat(stats.campaign_id(), "/", variant.variant_id()), variant.total(), numbers);
  }
}

void AddCounts(const std::string& prefix, const v1::StatsCounts& counts, Numbers* numbers) {
  AddCount(prefix + " entered", counts.entered(), numbers);
  AddCount(prefix + " controls", counts.controls(), numbers);
  AddCount(prefix + " sent", counts.sent(), numbers);
  AddCount(prefix + " delivered", counts.delivered(), numbers);
  AddCount(prefix + " opened", counts.opened(), numbers);
  AddCount(prefix + " clicked", counts.clicked(), numbers);
  AddCount(prefix + " dismissed", counts.dismissed(), numbers);
  (*numbers)[prefix + " waited"] += static_cast<double>(counts.waited());
  (*numbers)[prefix + " cancelled"] += static_cast<double>(counts.cancelled());
  for (const v1::GateStops& stops : counts.stopped()) {
    (*numbers)[StrCat(prefix, " stopped by ", stops.gate())] += static_cast<double>(stops.total());
  }
  for (const v1::ConversionCounts& conversion : counts.conversions()) {
    const std::string name = StrCat(prefix, " ", conversion.conversion_id());
    AddAttributed(name + " any_touch", conversion.any_touch(), numbers);
    AddAttributed(name + " last_touch", conversion.last_touch(), numbers);
  }
  std::erase_if(*numbers, [](const auto& entry) { return entry.second == 0; });
}

}  // namespace cadenza::testing
