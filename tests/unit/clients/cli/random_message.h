// Random messages for property tests: any fields of any message, by reflection.
#ifndef CADENZA_TESTS_UNIT_CLIENTS_CLI_RANDOM_MESSAGE_H_
#define CADENZA_TESTS_UNIT_CLIENTS_CLI_RANDOM_MESSAGE_H_

#include <random>
#include <string>

#include "cadenza/v1/value.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

namespace cadenza::cli {

class RandomMessage {
 public:
  explicit RandomMessage(uint64_t seed) : random_(seed) {}

  int64_t Between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random_); }

  // Of pieces that YAML might take for something else.
  std::string Text() {
    static const char* const kPieces[] = {"a",
                                          "hello",
                                          " ",
                                          "  ",
                                          "\n",
                                          "\n\n",
                                          "\t",
                                          ":",
                                          ": ",
                                          "#",
                                          " #",
                                          "- ",
                                          "'",
                                          "\"",
                                          "{",
                                          "}",
                                          "[",
                                          "]",
                                          ",",
                                          "&x",
                                          "*",
                                          "!",
                                          "|",
                                          ">",
                                          "%",
                                          "@",
                                          "`",
                                          "null",
                                          "true",
                                          "~",
                                          "1",
                                          "1.5",
                                          "0x1",
                                          "é",
                                          "\u0085",
                                          "\u2028",
                                          "\r\n",
                                          "\x01",
                                          "\x7f",
                                          "\\",
                                          "---",
                                          "...",
                                          "{{ user.id }}",
                                          "?",
                                          "=",
                                          "<<",
                                          "\uFEFF",
                                          "🍕"};
    std::string text;
    for (int64_t i = Between(0, 6); i > 0; --i) text += kPieces[Between(0, std::size(kPieces) - 1)];
    return text;
  }

  void Fill(google::protobuf::Message* message, int depth = 0) {
    if (auto* duration = dynamic_cast<google::protobuf::Duration*>(message)) return FillDuration(duration);
    if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(message)) return FillTime(time);
    if (auto* value = dynamic_cast<v1::Value*>(message); value != nullptr && depth > 5)
      return value->set_bool_value(true);
    const google::protobuf::Descriptor* type = message->GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const int64_t count = type->field(i)->is_repeated() ? Between(0, 3) : Between(0, 1);
      for (int64_t n = 0; n < count; ++n) FillField(*type->field(i), message, depth);
    }
    // Without a kind it is none.
    if (auto* value = dynamic_cast<v1::Value*>(message); value != nullptr && value->kind_case() == 0) {
      value->set_string_value(Text());
    }
  }

 private:
  using Field = google::protobuf::FieldDescriptor;

  void FillDuration(google::protobuf::Duration* duration) {
    static const int64_t kUnits[] = {1, 60, 3600, 86400};
    duration->set_seconds(Between(0, 1000) * kUnits[Between(0, 3)]);
    if (Between(0, 3) == 0) duration->set_nanos(static_cast<int32_t>(Between(0, 999'999)) * 1000);
  }
  void FillTime(google::protobuf::Timestamp* time) {
    time->set_seconds(Between(-62'135'596'800, 253'402'300'799));
    if (Between(0, 3) == 0) time->set_nanos(static_cast<int32_t>(Between(0, 999'999'999)));
  }

  void FillField(const Field& field, google::protobuf::Message* message, int depth) {
    const google::protobuf::Reflection* reflection = message->GetReflection();
    const bool many = field.is_repeated();
    switch (field.cpp_type()) {
      case Field::CPPTYPE_BOOL:
        return many ? reflection->AddBool(message, &field, true) : reflection->SetBool(message, &field, true);
      case Field::CPPTYPE_INT32:
        return reflection->SetInt32(message, &field, static_cast<int32_t>(Between(-1000, 1000)));
      case Field::CPPTYPE_INT64:
        return reflection->SetInt64(message, &field, Between(INT64_MIN, INT64_MAX));
      case Field::CPPTYPE_DOUBLE:
        return reflection->SetDouble(message, &field, static_cast<double>(Between(-1000, 1000)) / 7);
      case Field::CPPTYPE_ENUM: {
        const auto* type = field.enum_type();
        return reflection->SetEnum(message, &field, type->value(static_cast<int>(Between(0, type->value_count() - 1))));
      }
      case Field::CPPTYPE_STRING:
        return many ? reflection->AddString(message, &field, Text()) : reflection->SetString(message, &field, Text());
      case Field::CPPTYPE_MESSAGE:
        if (field.is_map()) return FillEntry(field, message, depth);
        return Fill(many ? reflection->AddMessage(message, &field) : reflection->MutableMessage(message, &field),
                    depth + 1);
      default:
        break;
    }
  }

  // Keys must differ.
  void FillEntry(const Field& field, google::protobuf::Message* message, int depth) {
    const google::protobuf::Reflection* reflection = message->GetReflection();
    google::protobuf::Message* entry = reflection->AddMessage(message, &field);
    entry->GetReflection()->SetString(entry, field.message_type()->map_key(),
                                      Text() + std::to_string(reflection->FieldSize(*message, &field)));
    Fill(entry->GetReflection()->MutableMessage(entry, field.message_type()->map_value()), depth + 1);
  }

  std::mt19937_64 random_;
};

}  // namespace cadenza::cli

#endif  // CADENZA_TESTS_UNIT_CLIENTS_CLI_RANDOM_MESSAGE_H_
