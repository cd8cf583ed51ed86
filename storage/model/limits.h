// The limits of what a user may be and an input may hold, in one place (server/ingest/validate.h and server/apply/
// enforce them).
#ifndef CADENZA_STORAGE_MODEL_LIMITS_H_
#define CADENZA_STORAGE_MODEL_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace cadenza::limits {

inline constexpr size_t kEventIdBytes = 64;
inline constexpr size_t kNameBytes = 255;  // user ids, event names, attribute keys, property keys
inline constexpr size_t kAliasLabelBytes = 63;
inline constexpr size_t kAliasNameBytes = 190;
inline constexpr size_t kChannelBytes = 63;
inline constexpr size_t kWorkspaceBytes = 63;
inline constexpr size_t kCampaignIdBytes = 63;
inline constexpr size_t kSegmentIdBytes = 63;
inline constexpr size_t kActiveSegments = 256;   // of a workspace, and so of a profile
inline constexpr size_t kValueBytes = 64 << 10;  // one value, all of it
inline constexpr size_t kAttributes = 1024;      // top-level attributes of a profile
inline constexpr size_t kProperties = 256;       // of one event
inline constexpr int kNesting = 16;              // lists and maps in a value, segments in a path
inline constexpr size_t kOperations = 256;       // of one AttributeChange
inline constexpr size_t kEventNames = 1024;      // distinct names in a profile
inline constexpr size_t kOtherNames = 64;        // aliases and merged anonymous ids of a profile
inline constexpr size_t kCurrencies = 64;        // of a profile's revenue
inline constexpr size_t kChannels = 64;          // of a profile's subscriptions
inline constexpr size_t kProfileBytes = 1 << 20;
inline constexpr int kBatchInputs = 1000;
inline constexpr size_t kBatchBytes = 4 << 20;

inline constexpr absl::Duration kDedupeWindow = absl::Hours(24);
inline constexpr absl::Duration kLateness = absl::Hours(72);  // later than this is history
inline constexpr absl::Duration kFuture = absl::Hours(1);     // further ahead than this is rejected
inline constexpr absl::Duration kSessionGapDefault = absl::Minutes(30);
inline constexpr absl::Duration kSessionGapMin = absl::Seconds(10);
inline constexpr absl::Duration kSessionGapMax = absl::Hours(24);

inline constexpr size_t kRecentOccurrences = 1000;  // exact to the second
inline constexpr int kHistoryDays = 400;            // to the hour beyond those

inline constexpr size_t kConditionBytes = 4096;
inline constexpr size_t kTemplateBytes = 16 << 10;
inline constexpr size_t kRenderedBytes = 256 << 10;
inline constexpr size_t kLocalizations = 100;  // of one message
inline constexpr size_t kLocaleBytes = 35;     // RFC 5646, section 4.4.1

inline constexpr size_t kRecentMessages = 64;                              // of a user, that receipts can be of
inline constexpr absl::Duration kRecentMessageAge = absl::Hours(24 * 30);  // of each
inline constexpr size_t kMessageLinks = 32;                                // of each, that count as clicked
inline constexpr size_t kLinkIdBytes = 255;
inline constexpr size_t kReceiptsInFlight = 1000;  // of one subscription, without an ack

inline constexpr size_t kTimers = 256;  // of a user, pending or parked
inline constexpr size_t kTimerIdBytes = 160;
inline constexpr size_t kTimerContentBytes = 64 << 10;                      // see storage/model/timer.h
inline constexpr size_t kTimerErrorBytes = 1024;                            // what is kept of one
inline constexpr absl::Duration kDelay = absl::Hours(24 * 365);             // of a campaign
inline constexpr size_t kConversions = 16;                                  // of a campaign
inline constexpr absl::Duration kConversionWindow = absl::Hours(24 * 90);   // at most
inline constexpr size_t kLaunchMarks = 8;                                   // of a user and a campaign; the oldest go
inline constexpr size_t kTouches = 64;                                      // of a user; the first go
inline constexpr size_t kExceptionEvents = 32;                              // of a campaign
inline constexpr absl::Duration kMessageTimeToLive = absl::Hours(24 * 30);  // default and maximum

inline constexpr size_t kContentBlockIdBytes = 100;
inline constexpr int kContentBlocks = 1000;     // of a workspace; all of them are in memory, compiled
inline constexpr int kContentBlockNesting = 5;  // blocks in blocks: a message's own template is not counted

inline constexpr size_t kCatalogIdBytes = 250;
inline constexpr size_t kCatalogItemIdBytes = 250;
inline constexpr int kCatalogs = 100;              // of a workspace
inline constexpr int64_t kCatalogItems = 100'000;  // of a catalog
inline constexpr size_t kCatalogItemFields = 500;
inline constexpr size_t kCatalogItemBytes = 64 << 10;  // encoded
inline constexpr size_t kCatalogBatchItems = 1000;     // in one upsert or delete
inline constexpr size_t kCatalogBatchBytes = 4 << 20;  // encoded

}  // namespace cadenza::limits

#endif  // CADENZA_STORAGE_MODEL_LIMITS_H_
