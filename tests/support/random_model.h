// Random values and profiles for property tests.
#ifndef CADENZA_TESTS_SUPPORT_RANDOM_MODEL_H_
#define CADENZA_TESTS_SUPPORT_RANDOM_MODEL_H_

#include <cstdint>
#include <random>
#include <string>
#include <utility>

#include "storage/model/profile.h"
#include "storage/model/value.h"

namespace cadenza::testing {

class RandomModel {
 public:
  explicit RandomModel(uint64_t seed) : random_(seed) {}

  // Inclusive.
  int64_t Between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random_); }
  bool OneIn(int64_t n) { return Between(1, n) == 1; }

  std::string Text(int max_bytes) {
    std::string text;
    for (int64_t size = Between(0, max_bytes); static_cast<int64_t>(text.size()) < size;) {
      text += OneIn(8) ? "é" : std::string(1, static_cast<char>(Between(' ', '~')));
    }
    return text;
  }

  std::string Name() { return std::string(1, static_cast<char>(Between('a', 'z'))) + Text(12); }

  // To the microsecond, 1900 to 2100; sometimes the epoch itself.
  absl::Time Time() {
    return OneIn(16) ? absl::UnixEpoch() : absl::FromUnixMicros(Between(-2208988800000000, 4102444800000000));
  }

  Value AnyValue(int max_depth) {
    switch (Between(0, max_depth > 0 ? 7 : 5)) {
      case 0:
        return Value::Null();
      case 1:
        return Value::Bool(OneIn(2));
      case 2:
        return Value::Int(OneIn(4) ? INT64_MIN + Between(0, 3) : Between(-1000, 1000));
      case 3:
        return Value::Double(OneIn(8) ? 0.0 : static_cast<double>(Between(-1000000, 1000000)) / 7);
      case 4:
        return Value::String(Text(40));
      case 5:
        return Value::Timestamp(Time());
      case 6: {
        ValueList list;
        for (int64_t i = Between(0, 4); i > 0; --i) list.push_back(AnyValue(max_depth - 1));
        return Value::List(std::move(list));
      }
      default:
        return Value::Map(Map(4, max_depth - 1));
    }
  }

  ValueMap Map(int max_size, int max_depth) {
    ValueMap map;
    for (int64_t i = Between(0, max_size); i > 0; --i) map.Set(Name(), AnyValue(max_depth));
    return map;
  }

  EventHistory History(int max_count) {
    EventHistory history;
    const absl::Time start = Time();
    for (int64_t i = Between(1, max_count); i > 0; --i) history.Add(start + absl::Seconds(Between(0, 40000000)));
    return history;
  }

  Sessions AnySessions() {
    Sessions sessions;
    if (OneIn(3)) return sessions;
    sessions.count = Between(1, 1000);
    sessions.first_start = Time();
    sessions.last_start = sessions.first_start + absl::Seconds(Between(0, 1000000));
    sessions.total_time = absl::Microseconds(Between(0, 1000000000000));
    sessions.last_seen = sessions.last_start + absl::Seconds(Between(0, 5000));
    if (OneIn(2)) sessions.last_end = sessions.last_start;
    if (OneIn(2)) sessions.current = Session{Name(), sessions.last_start, sessions.last_seen, Between(1, 100)};
    return sessions;
  }

  CampaignHistory AnyCampaignHistory() {
    CampaignHistory history{Between(1, 9), Time()};
    for (int kind = 1; kind <= static_cast<int>(kReceiptKinds); ++kind) {
      if (OneIn(3)) history.Of(static_cast<Receipt::Kind>(kind)) = {Between(1, 1000), Time()};
    }
    return history;
  }

  void AddMessage(RecentMessages* messages) {
    const Digest id = DigestOf(Name());
    messages->Add(id, Time(), Name(), OneIn(2) ? Name() : "");
    if (OneIn(2)) messages->Report(id, static_cast<Receipt::Kind>(Between(1, 4)));
    if (OneIn(2)) messages->Click(id, Name());
  }

  Profile AnyProfile() {
    Profile profile;
    profile.key = UserKey::User("acme", Name());
    profile.version = Between(1, 1000000);
    if (!OneIn(8)) profile.create_time = Time();
    profile.attributes = Map(12, 3);
    for (int64_t i = Between(0, 5); i > 0; --i) profile.events[Name()] = History(OneIn(5) ? 1500 : 20);
    if (OneIn(2)) {
      profile.purchases.count = Between(1, 100);
      profile.purchases.last_time = Time();
      const std::string code = OneIn(2) ? "EUR" : "USD";
      profile.purchases.revenue[code] = Money::Of(code, Between(0, 1000000), Between(0, 999999999));
    }
    profile.sessions = AnySessions();
    if (OneIn(2)) profile.subscriptions[OneIn(2) ? "" : "push"] = static_cast<SubscriptionState>(Between(1, 3));
    for (int64_t i = Between(0, 3); i > 0; --i) profile.campaigns[Name()] = AnyCampaignHistory();
    for (int64_t i = Between(0, 5); i > 0; --i) AddMessage(&profile.recent_messages);
    for (int64_t i = Between(0, 3); i > 0; --i) profile.other_names.push_back("a:" + Name());
    profile.message_seq = Between(0, 50);
    for (int64_t i = Between(0, 3); i > 0; --i) profile.segments[Name()] = Time();
    for (int64_t i = Between(0, 2); i > 0; --i) profile.timers[Name()] = {Time(), Between(1, 1000000)};
    for (int64_t i = Between(0, 2); i > 0; --i) {
      CampaignEntry& entry = profile.entries[Name()];
      if (!OneIn(4)) entry.variant_id = Name();
      if (OneIn(3)) entry.last_control_time = Time();
      absl::Time due_time = Time();
      for (int64_t launches = Between(0, 2); launches > 0; --launches) {
        entry.launches.push_back({due_time, OneIn(2)});
        due_time += absl::Hours(Between(1, 30));
      }
    }
    absl::Time time = Time();
    for (int64_t i = Between(0, 3); i > 0; --i) {
      SentMessage& sent = profile.sent.emplace_back();
      sent = {time, Name(), Name(), {}};
      for (int64_t tags = Between(0, 2); tags > 0; --tags) sent.tags.push_back(Name());
      time += absl::Seconds(Between(0, 100'000));
    }
    AddStatistics(&profile);
    return profile;
  }

  void AddStatistics(Profile* profile) {
    for (int64_t i = Between(0, 2); i > 0; --i) {
      Participation& participation = profile->participations[Name()];
      if (OneIn(2)) participation.variant_id = Name();
      participation.counted = static_cast<uint32_t>(Between(1, 127));
      for (int64_t c = Between(0, 2); c > 0; --c) participation.conversions[Name()] = Between(1, 3);
    }
    absl::Time time = Time();
    for (int64_t i = Between(0, 3); i > 0; --i) {
      Touch& touch = profile->touches.emplace_back(Touch{Name(), OneIn(2) ? Name() : "", time});
      for (int64_t c = Between(0, 2); c > 0; --c) touch.converted.push_back(Name());
      time += absl::Seconds(Between(0, 100'000));
    }
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace cadenza::testing

#endif  // CADENZA_TESTS_SUPPORT_RANDOM_MODEL_H_
