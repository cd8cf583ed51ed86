// Warnings about templates, as protos.
#ifndef CADENZA_SERVER_RPC_WARNINGS_H_
#define CADENZA_SERVER_RPC_WARNINGS_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <vector>

#include "cadenza/v1/campaign.pb.h"
#include "server/rules/content_blocks.h"

namespace cadenza::rpc {

inline void AddWarnings(const std::vector<rules::TemplateWarning>& warnings,
                        google::protobuf::RepeatedPtrField<v1::TemplateWarning>* protos) {
  for (const rules::TemplateWarning& warning : warnings) {
    v1::TemplateWarning* proto = protos->Add();
    proto->set_field(warning.field);
    proto->set_line(warning.line);
    proto->set_column(warning.column);
    proto->set_message(warning.message);
  }
}

}  // namespace cadenza::rpc

#endif  // CADENZA_SERVER_RPC_WARNINGS_H_
