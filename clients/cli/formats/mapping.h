// How `cadenza replay` turns the records of a foreign NDJSON file into inputs. A mapping file (YAML) names the fields
// by dotted paths:
//
//   time_zone: Europe/London       # of times that carry none; UTC if absent. A time that the clock passes twice is the
//   first of the two event_id: id user_id: user_id               # or anonymous_id event: event time: ts events: #
//   records with another event are left out, and counted
//     order_placed:
//       name: order_placed         # the custom event's; the record's if absent
//       properties: props          # a map; absent: none
//       purchase:                  # a second input, after the event
//         id_suffix: /purchase
//         product_id: props.invoice
//         price: props.total       # exact, from the text; a negative one makes no purchase, and is counted
//         currency: props.currency # or currency_code: GBP
//         quantity: props.n        # 1 if absent
#ifndef CADENZA_CLIENTS_CLI_FORMATS_MAPPING_H_
#define CADENZA_CLIENTS_CLI_FORMATS_MAPPING_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cadenza/v1/input.pb.h"
#include "clients/cli/formats/json_value.h"

namespace cadenza::cli {

struct MappingCounts {
  int64_t lines = 0;
  int64_t inputs = 0;
  int64_t without_user = 0;
  int64_t other_events = 0;
  int64_t negative_prices = 0;
};

// For one thread.
class Mapping {
 public:
  // INVALID_ARGUMENT: not YAML, an unknown or missing field, an unknown time zone.
  static absl::StatusOr<Mapping> Parse(const std::string& yaml);
  // Without a mapping: each line is a cadenza.v1.Input in proto JSON.
  static Mapping ProtoJson();

  // Adds the inputs of one line, none where it is to be left out. INVALID_ARGUMENT: the line is not what the mapping
  // expects; nothing was added.
  absl::Status Convert(const std::string& line, std::vector<v1::Input>* inputs);

  const MappingCounts& counts() const { return counts_; }

 private:
  struct PurchaseRule {
    std::string id_suffix = "/purchase";
    std::string product_id;
    std::string price;
    std::string currency;
    std::string currency_code;
    std::string quantity;
  };
  struct EventRule {
    std::string name;
    std::string properties;
    std::optional<PurchaseRule> purchase;
  };

  static absl::StatusOr<EventRule> ParseEvent(const std::string& name, const v1::Value& node);
  absl::StatusOr<v1::Input> CustomEvent(const ParsedJson& record, const EventRule& rule) const;
  // Nothing where the price is negative.
  absl::StatusOr<std::optional<v1::Input>> Purchase(const ParsedJson& record, const PurchaseRule& rule,
                                                    const v1::Input& event) const;
  absl::StatusOr<absl::Time> TimeOf(const v1::Value& record) const;

  bool proto_json_ = false;
  absl::TimeZone zone_ = absl::UTCTimeZone();
  std::string event_id_;
  std::string user_id_;
  std::string anonymous_id_;
  std::string event_;
  std::string time_;
  std::map<std::string, EventRule> events_;
  MappingCounts counts_;
};

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_FORMATS_MAPPING_H_
