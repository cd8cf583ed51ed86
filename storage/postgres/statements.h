// Every SQL text of the store. Each is prepared once in each connection; data goes in as parameters only.
#ifndef CADENZA_STORAGE_POSTGRES_STATEMENTS_H_
#define CADENZA_STORAGE_POSTGRES_STATEMENTS_H_

namespace cadenza::postgres {

// Known by its address: make only the constants below, and others of static storage.
struct Statement {
  const char* name;
  const char* sql;
};

// pool
extern const Statement kSetUpSession;
// load, commit
extern const Statement kLoadRows;
extern const Statement kFindEvents;
extern const Statement kCommitBatch;                // of a batch whose users all have rows (expected_version > 0)
extern const Statement kCommitBatchWithNew;         // of any batch
extern const Statement kCommitBatchChecked;         // these two also look for the events first (check_events)
extern const Statement kCommitBatchWithNewChecked;  //
extern const Statement kCommitBatchWithTimers;      // of any batch; looks where there are ids to look for
extern const Statement kMoveMessages;
extern const Statement kMoveTimers;
extern const Statement kOpenJournal;
// reading back
extern const Statement kListEventsUp;
extern const Statement kListEventsDown;
extern const Statement kListMessages;
extern const Statement kTopMessageSeqs;
// scan (event_scan.cc)
extern const Statement kSetUpScan;
extern const Statement kBeginScan;
extern const Statement kScanMerged;
extern const Statement kScanDays;
extern const Statement kDeclareScan;
extern const Statement kFetchScan;
extern const Statement kCloseScan;
extern const Statement kLogEnd;
// timers
extern const Statement kFindDueTimers;
extern const Statement kRecordTimerFailures;
extern const Statement kListParkedTimers;
extern const Statement kRetryParkedTimer;
extern const Statement kReadTimers;
extern const Statement kCountTimers;
extern const Statement kForgetHeartbeat;
// campaigns
extern const Statement kReadRevisions;
// (statements_campaigns.cc)
extern const Statement kListCampaigns;
extern const Statement kGetCampaign;
extern const Statement kPutCampaigns;
extern const Statement kListCampaignVersions;
extern const Statement kGetCampaignVersion;
extern const Statement kLockWorkspaceSettings;
extern const Statement kLockContentBlocks;
extern const Statement kLockSegments;
extern const Statement kLockCampaigns;
extern const Statement kListWorkspaceSettings;
extern const Statement kGetWorkspaceSettings;
extern const Statement kInsertWorkspaceSettings;
extern const Statement kReplaceWorkspaceSettings;
extern const Statement kReadDeliveryRate;
extern const Statement kInsertDeliveryRate;
extern const Statement kReplaceDeliveryRate;
// catalogs and content blocks (content.cc)
extern const Statement kInsertCatalog;
extern const Statement kGetCatalog;
extern const Statement kListCatalogs;
extern const Statement kListCatalogRevisions;
extern const Statement kLockCatalog;
extern const Statement kDeleteItemsOfCatalog;
extern const Statement kDeleteCatalog;
extern const Statement kUpsertCatalogItems;
extern const Statement kGetCatalogItem;
extern const Statement kListCatalogItems;
extern const Statement kDeleteCatalogItems;
extern const Statement kLoadCatalogItems;
extern const Statement kInsertContentBlock;
extern const Statement kReplaceContentBlock;
extern const Statement kDeleteContentBlock;
extern const Statement kGetContentBlock;
extern const Statement kListContentBlocks;
// what campaigns have counted (statements_counters.cc)
extern const Statement kCounterExtent;
extern const Statement kSumCounters;
// segments (statements_segments.cc)
extern const Statement kListSegments;
extern const Statement kGetSegment;
extern const Statement kInsertSegment;
extern const Statement kReplaceSegment;
extern const Statement kEnterSegments;
extern const Statement kLeaveSegments;
extern const Statement kCountMembers;
extern const Statement kListMembers;
extern const Statement kClaimEvaluation;
extern const Statement kSaveEvaluation;
extern const Statement kFinishEvaluation;
extern const Statement kListUsers;
// launches (statements_launches.cc)
extern const Statement kBeginLaunch;
extern const Statement kForgetLaunches;
extern const Statement kLastLaunch;
extern const Statement kClaimLaunch;
extern const Statement kSaveLaunch;
extern const Statement kListLaunches;
// operating
extern const Statement kServerSettings;
extern const Statement kStoreSettings;
extern const Statement kBeat;
extern const Statement kMakePartitions;
extern const Statement kDropPartitions;
extern const Statement kAllowBitmaps;  // before each of the next two
extern const Statement kDropMessages;
extern const Statement kDropJournalCommits;
extern const Statement kDropHeartbeats;
// migrations
extern const Statement kHasMigrations;
extern const Statement kAppliedMigrations;
extern const Statement kRecordMigration;
extern const Statement kForgetMigration;

}  // namespace cadenza::postgres

#endif  // CADENZA_STORAGE_POSTGRES_STATEMENTS_H_
