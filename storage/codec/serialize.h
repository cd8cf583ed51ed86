// Deterministic serialisation, for what is stored or compared. Pure, thread-safe.
#ifndef CADENZA_STORAGE_CODEC_SERIALIZE_H_
#define CADENZA_STORAGE_CODEC_SERIALIZE_H_

#include <google/protobuf/message_lite.h>

#include <string>

namespace cadenza {

// Equal messages give equal bytes (within one version of the program): maps are written in the order of their keys.
std::string SerializeDeterministic(const google::protobuf::MessageLite& message);

}  // namespace cadenza

#endif  // CADENZA_STORAGE_CODEC_SERIALIZE_H_
