#include "clients/load/workload.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "absl/strings/str_format.h"
#include "storage/base/text.h"

namespace cadenza::load {
namespace {

constexpr std::array<std::string_view, Workload::kEventNames> kEvents = {
    "order_placed", "page_viewed", "product_viewed",   "cart_updated",  "search_made",
    "video_played", "level_ended", "article_finished", "item_favoured", "coupon_entered"};
constexpr std::array<std::string_view, 8> kItems = {"Margherita", "Quattro Formaggi", "Diavola",  "Capricciosa",
                                                    "Marinara",   "Bufala",           "Ortolana", "Calzone"};
constexpr std::array<std::string_view, 8> kNames = {"Ada",  "Grace",   "Edsger",  "Barbara",
                                                    "Tony", "Frances", "Niklaus", "Leslie"};
constexpr std::array<std::string_view, 6> kCities = {"Naples", "London", "Lisbon", "Oslo", "Vienna", "Sofia"};

// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014): index -> random bits.
uint64_t Mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

template <size_t N>
std::string Pick(const std::array<std::string_view, N>& from, uint64_t bits) {
  return std::string(from[bits % N]);
}

v1::Value* Property(v1::Input* input, const char* name) {
  return &(*input->mutable_custom_event()->mutable_properties())[name];
}

v1::Value* SetAttribute(v1::Input* input, const char* name) {
  v1::AttributeOperation* operation = input->mutable_attribute_change()->add_operations();
  operation->set_path(name);
  return operation->mutable_set();
}

}  // namespace

Workload::Workload(const WorkloadOptions& options) : options_(options) {
  if (options_.zipf == 0) return;
  cumulative_.reserve(options_.users);
  double sum = 0;
  for (int64_t rank = 1; rank <= options_.users; ++rank) {
    sum += std::pow(static_cast<double>(rank), -options_.zipf);
    cumulative_.push_back(sum);
  }
}

std::string Workload::UserId(int64_t user) { return absl::StrFormat("user-%07d", user); }

int64_t Workload::UserOf(int64_t index) const {
  const uint64_t bits = Mix(static_cast<uint64_t>(index) * 2);
  if (cumulative_.empty()) return static_cast<int64_t>(bits % static_cast<uint64_t>(options_.users));
  const double at = static_cast<double>(bits >> 11) * 0x1p-53 * cumulative_.back();
  return std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, at) - cumulative_.begin();
}

// A UUIDv7 (RFC 9562): 48 bits of milliseconds, the run where random bits are expected, and 48 bits of index.
std::string Workload::EventId(int64_t index, absl::Time made) const {
  const int64_t ms = absl::ToUnixMillis(made);
  return absl::StrFormat("%08x-%04x-7%03x-%04x-%012x", ms >> 16, ms & 0xFFFF, options_.run >> 14 & 0xFFF,
                         0x8000 | (options_.run & 0x3FFF), index);
}

std::optional<int64_t> Workload::IndexOf(std::string_view event_id) const {
  if (event_id.size() != 36 || event_id.substr(14, 10) != absl::StrFormat("7%03x-%04x-", options_.run >> 14 & 0xFFF,
                                                                          0x8000 | (options_.run & 0x3FFF))) {
    return std::nullopt;
  }
  int64_t index = 0;
  const char* end = event_id.data() + event_id.size();
  if (std::from_chars(event_id.data() + 24, end, index, 16).ptr != end) return std::nullopt;
  return index;
}

void Workload::FillAttributes(int64_t user, absl::Time made, v1::Input* input) const {
  const uint64_t bits = Mix(static_cast<uint64_t>(user) * 2 + 1);
  input->Clear();
  // Beyond the indices of events.
  input->set_event_id(EventId((int64_t{1} << 47) + user, made));
  input->mutable_user()->set_user_id(UserId(user));
  SetAttribute(input, "first_name")->set_string_value(Pick(kNames, bits));
  SetAttribute(input, "last_name")->set_string_value(StrCat("Number ", user));
  SetAttribute(input, "email")->set_string_value(StrCat(UserId(user), "@example.com"));
  SetAttribute(input, "city")->set_string_value(Pick(kCities, bits >> 8));
  SetAttribute(input, "plan")->set_string_value(bits >> 16 & 1 ? "gold" : "free");
  SetAttribute(input, "language")->set_string_value("en");
  SetAttribute(input, "score")->set_double_value(static_cast<double>(bits >> 24 & 0xFFFF) / 256);
  SetAttribute(input, "loyalty_points")->set_int64_value(static_cast<int64_t>(bits >> 40 & 0xFFF));
  SetAttribute(input, "newsletter")->set_bool_value((bits >> 52 & 1) != 0);
  // In pieces: a value has a limit, and profiles have many small attributes rather than a huge one.
  constexpr int64_t kPiece = 200;
  for (int64_t at = 0; at < options_.profile_bytes; at += kPiece) {
    SetAttribute(input, StrCat("note_", at / kPiece).c_str())
        ->set_string_value(
            std::string(std::min(kPiece, options_.profile_bytes - at), static_cast<char>('a' + at % 26)));
  }
}

void Workload::FillEvent(int64_t index, absl::Time made, v1::Input* input) const {
  FillEventOf(UserOf(index), index, made, input);
}

void Workload::FillEventOf(int64_t user, int64_t index, absl::Time made, v1::Input* input) const {
  const uint64_t bits = Mix(static_cast<uint64_t>(index) * 2 + 1);
  input->Clear();
  input->set_event_id(EventId(index, made));
  input->mutable_user()->set_user_id(UserId(user));
  input->mutable_custom_event()->set_name(Pick(kEvents, bits >> 32));
  // Over 80 for every fifth index: see Campaigns().
  const double below_100 = static_cast<double>(bits & 0xFFFF) / 0x10000 * (YieldsMessage(index) ? 19 : 80);
  Property(input, "total")->set_double_value((YieldsMessage(index) ? 80.5 : 0) + below_100);
  Property(input, "currency")->set_string_value("EUR");
  Property(input, "item")->set_string_value(Pick(kItems, bits >> 16));
  Property(input, "quantity")->set_int64_value(static_cast<int64_t>(bits >> 20 & 7) + 1);
  Property(input, "express")->set_bool_value((bits >> 24 & 1) != 0);
  Property(input, "shop")->set_string_value(Pick(kCities, bits >> 28));
}

std::vector<Campaign> Workload::Campaigns() const {
  std::vector<Campaign> campaigns;
  const absl::Time created = absl::FromUnixSeconds(1'767'225'600);  // 2026-01-01
  auto add = [&](std::string id, std::string event_name, std::string condition) {
    Campaign campaign;
    campaign.workspace = options_.workspace;
    campaign.display_name = id;
    campaign.campaign_id = std::move(id);
    campaign.state = Campaign::State::kActive;
    campaign.trigger.kind = Trigger::Kind::kEventName;
    campaign.trigger.event_name = std::move(event_name);
    campaign.condition = std::move(condition);
    campaign.message = {
        "push", "Thank you, {{ user.attributes.first_name | default: 'friend' }}",
        "Your {{ event.properties.quantity }} {{ event.properties.item }} for {{ event.properties.total | "
        "round: 2 }} {{ event.properties.currency }} {% if event.properties.express %}come by express"
        "{% else %}are on their way{% endif %} to {{ user.attributes.city }}.",
        absl::Hours(24 * 30)};
    campaign.create_time = campaign.update_time = created;
    campaign.revision = 1;
    campaigns.push_back(std::move(campaign));
  };
  for (int i = 0; i < std::min(options_.campaigns, 2 * kEventNames); ++i) {
    const std::string name(kEvents[i / 2]);
    if (i % 2 == 0) {
      add(StrCat(name, "-thanks"), name, "event.properties.total > 80.0 && user.attributes.plan != 'none'");
    } else {
      add(StrCat(name, "-habit"), name,
          StrCat("user.event_count('", name, "', duration('168h')) > 1000000 || user.attributes.plan == 'platinum'"));
    }
  }
  for (int i = 0; i < options_.idle_campaigns; ++i) {
    add(StrCat("idle-", i), StrCat("never_sent_", i),
        "event.properties.total > 80.0 && user.attributes.plan != 'none'");
  }
  return campaigns;
}

}  // namespace cadenza::load
