// What differs between two messages of one type, field by field, and between two texts, line by line. By reflection, so
// every field is covered, also those that a message gets later. Pure.
#ifndef CADENZA_CLIENTS_CLI_FORMATS_MESSAGE_DIFF_H_
#define CADENZA_CLIENTS_CLI_FORMATS_MESSAGE_DIFF_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/message.h"

namespace cadenza::cli {

// A leaf that differs. At least one of both is there.
struct FieldChange {
  std::string path;                   // "message.body", "variants[b].weight", "quiet_hours.windows[22:00].end"
  std::optional<std::string> before;  // as field_text.h writes it; nothing: absent
  std::optional<std::string> after;
  bool is_text = false;  // a string, which may have several lines
  friend bool operator==(const FieldChange&, const FieldChange&) = default;
};

// In the order of the .proto file. Fields at the top that `leave_out` names are not compared. The elements of a list of
// messages belong together by their first field, where that is a string that names each (variant_id, locale, start),
// else by their places; that those of both are in another order is a change too. A message that is there and empty
// is "{}".
std::vector<FieldChange> DiffMessages(const google::protobuf::Message& before, const google::protobuf::Message& after,
                                      const std::vector<std::string_view>& leave_out = {});

struct LineEdit {
  char sign;  // ' ' in both, '-' only before, '+' only after
  std::string line;
  friend bool operator==(const LineEdit&, const LineEdit&) = default;
};

// A shortest way from one text to the other: a longest common subsequence of their lines. Texts whose differing middles
// are very long (4,000,000 pairs of lines) are replaced as a whole there.
std::vector<LineEdit> DiffLines(std::string_view before, std::string_view after);

}  // namespace cadenza::cli

#endif  // CADENZA_CLIENTS_CLI_FORMATS_MESSAGE_DIFF_H_
