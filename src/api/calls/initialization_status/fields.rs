//! The names of the call's fields, each written once.

/// One of the three arrays of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReplyList {
    Structure,
    Data,
    Sync,
}

impl ReplyList {
    pub(super) const ALL: [Self; 3] = [Self::Structure, Self::Data, Self::Sync];

    /// The key of the array.
    pub(super) fn array_key(self) -> &'static str {
        match self {
            Self::Structure => "StructureInitializationDetails",
            Self::Data => "DataInitializationDetails",
            Self::Sync => "DataSynchronizationDetails",
        }
    }

    /// The key that wraps its items in the wrapped shape.
    pub(super) fn item_key(self) -> &'static str {
        match self {
            Self::Structure => STRUCTURE_ITEM,
            Self::Data => "DataInitializationDetail",
            Self::Sync => "DataSynchronizationDetail",
        }
    }

    pub(super) fn from_array_key(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.array_key() == name)
    }
}

/// The array inside a structure row, and what wraps its items: they are structure details themselves.
pub(super) const CONSTRAINTS: &str = "Constraints";
pub(super) const STRUCTURE_ITEM: &str = "StructureInitializationDetail";

/// The root elements of the XML form.
pub(super) const ROOT: &str = "DescribeInitializationStatusResponse";
pub(super) const ERROR_ROOT: &str = "Error";

/// A field of a row, in any of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Status,
    ObjectType,
    ObjectName,
    TableName,
    SourceDb,
    DestinationDb,
    FinishedRows,
    TotalRows,
    UsedTime,
    ErrorMessage,
    Definition,
}

impl Field {
    pub(super) const ALL: [Self; 11] = [
        Self::Status,
        Self::ObjectType,
        Self::ObjectName,
        Self::TableName,
        Self::SourceDb,
        Self::DestinationDb,
        Self::FinishedRows,
        Self::TotalRows,
        Self::UsedTime,
        Self::ErrorMessage,
        Self::Definition,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Status => "Status",
            Self::ObjectType => "ObjectType",
            Self::ObjectName => "ObjectName",
            Self::TableName => "TableName",
            Self::SourceDb => "SourceOwnerDBName",
            Self::DestinationDb => "DestinationOwnerDBName",
            Self::FinishedRows => "FinishRowNum",
            Self::TotalRows => "TotalRowNum",
            Self::UsedTime => "UsedTime",
            Self::ErrorMessage => "ErrorMessage",
            Self::Definition => "ObjectDefinition",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// Keys that only replies of other calls have. A saved reply of another call has a `RequestId` too, and would otherwise
/// be read as a job without objects.
const OTHER_CALLS: [&str; 10] = [
    "SynchronizationInstances",          // DescribeSynchronizationJobs
    "SynchronizationObjects",            // DescribeSynchronizationJobStatus
    "DataInitializationDetailList",      // DescribeMigrationJobDetail
    "StructureInitializationDetailList", // DescribeMigrationJobDetail
    "MigrationJobs",                     // DescribeMigrationJobs
    "DtsJobList",                        // DescribeDtsJobs
    "DtsJobId",                          // DescribeDtsJobDetail
    "JobProgress",                       // DescribePreCheckStatus
    "ProgressSummaryDetails",            // SummaryJobDetail
    "TotalRecordCount",                  // every call with a count
];

/// The key if it belongs to the reply of another call.
pub(super) fn key_of_another_call(name: &str) -> Option<&'static str> {
    OTHER_CALLS.into_iter().find(|other| *other == name)
}
