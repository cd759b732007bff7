"""Who may call which operation: written down here beside the code, so that neither changes unseen."""

# fmt: off
ANYBODY = [
    "configHealth", "createToken", "followLink", "getHealth", "health", "healthLive", "healthReady", "signIn",
]
VIEWER = [
    "configCheckDestination", "configGetConnection", "configGetJob", "configGetWebConnection",
    "configListJobs", "getBackfill", "getConnection", "getConnectionJobTerms", "getConnector",
    "getConnectorInstallation", "getDataset", "getDatasetAsOf", "getDatasetDiff", "getDatasetProfile",
    "getDatasetSample", "getDeclarativeSourceDefinition", "getDestination", "getDestinationDefinition",
    "getJob", "getJobTimeline", "getJobTree", "getLineageEvent", "getLineageGraph", "getNotificationRule", "getOverview",
    "getPassport", "getQualityTrend", "getQuarantineLimit", "getQuarantined", "getQueue", "getRebuild", "getRemote", "getConnectionRemote", "listRemotes",
    "getReplay", "getRetention", "getSchedule", "getSchemaChangeImpact", "getSession", "getSource",
    "getSourceDefinition", "getState", "getStateDiff", "getSystem", "getTag", "getTransformation", "getTransformationArtifact", "getTransformationRun", "getWorkspace",
    "getWorkspaceJobTerms", "listChecks", "listColumns", "listConnections", "listConnectors", "listDatasets",
    "listDeclarativeSourceDefinitions", "listDestinationDefinitions", "listDestinations", "listGenerations", "listIncidents",
    "listJobEvents", "listJobLogs", "listJobs", "listLineageEvents", "listNotificationRules",
    "listNotifications", "listOrganizations", "listPersonalData", "listPersonalDataHistory", "listQuality",
    "listQuarantine", "listRetentionActs", "listScheduleEvents", "listSchemaChanges", "listSchemaVersions",
    "listSettingsActs", "listSourceDefinitions", "listSources", "listStateVersions", "listTableActs", "listTables", "listTags",
    "listTransformationRunLogs", "listTransformationRuns", "listTransformations",
    "listWaivers", "listWorkspaces", "previewJob", "previewPersonalData", "previewRetention",
    "previewSchedule", "previewSourceDeletion", "previewState", "previewStreamRename", "previewTableRename",
    "signOut",
]
OPERATOR = [
    "cancelJob", "cancelTransformationRun", "configCancelJob", "configCheckSource", "configSyncConnection", "createJob", "createReplay",
    "createTransformationRun", "dismissQuarantined", "previewReplay", "retryNotification", "retryTransformationRun",
]
EDITOR = [
    "adoptSchemaChange", "adoptTables", "checkConnector", "checkRemote", "createRemote", "deleteRemote",
    "importRemoteConnections", "listRemoteConnections", "patchRemote", "previewEngine", "putConnectionRemote", "setEngine", "configGetState", "configPutCatalog",
    "configPutState", "createConnection", "createDestination", "createNotificationRule", "createSource",
    "createTag", "createTransformation", "createWaiver", "deleteConnection", "deleteDestination", "deleteNotificationRule",
    "deleteSource", "deleteTag", "deleteTransformation", "deleteWaiver", "discoverConnector", "fixQuarantined", "getStreamProperties",
    "installConnector", "patchColumn", "patchConnection", "patchDataset", "patchDestination",
    "patchNotificationRule", "patchSource", "patchTag", "patchTransformation", "previewAdoption", "previewConnection",
    "putCheckColumns", "putConnectionJobTerms", "putDestination", "putQuarantineLimit", "putRetention",
    "putSource", "putState", "rejectSchemaChange", "renameStream", "renameTables", "setSchedule",
    "setStreamRead",
]
ADMIN = [
    "deleteWorkspace", "dropTables", "listAudit", "patchWorkspace", "putPersonalData", "putWorkspaceJobTerms",
]
OWNER = [
    "createApplication", "createUser", "createUserLink", "createWorkspace", "deleteApplication", "deleteUser",
    "getApplication", "getCheckup", "getKeyStatus", "getUser", "listApplications", "listSettings", "listUsers", "patchUser",
    "refreshConnectors", "verifyAudit",
]
# fmt: on
