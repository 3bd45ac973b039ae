//! The words that only the command line has: `check`, and where there is nothing to show.

use super::plural::counted;
use super::sentence::{CountSentence1, Sentence1, Sentence2};

/// Words of the command line.
#[derive(Debug)]
pub struct CliText {
    /// The line of an error: its text.
    pub error: Sentence1,
    /// A check that passed; as wide as `failed`.
    pub passed: &'static str,
    /// A check that failed.
    pub failed: &'static str,
    /// The subject of a check, and its result.
    pub line: Sentence2,
    /// The subjects of the checks.
    pub subject: Subjects,
    /// The number of configured jobs, the time zone.
    pub configured: fn(usize, &str) -> String,
    /// The number of webhooks whose addresses and secrets were found.
    pub webhooks_found: CountSentence1,
    /// A folder is writable.
    pub writable: &'static str,
    /// A folder is not: the system's message.
    pub not_writable: Sentence1,
    /// A folder for the database is not: the folder, the system's message.
    pub database_not_writable: Sentence2,
    /// There is no database yet.
    pub no_database: &'static str,
    /// The number of recorded jobs.
    pub recorded: CountSentence1,
    /// No job is named or configured.
    pub no_job: &'static str,
    /// The number of objects on a job's first page.
    pub first_page: CountSentence1,
    /// The job answers as another kind: the error, the kind.
    pub other_kind: Sentence2,
    /// The status of a job, and its delay in milliseconds if it has one.
    pub status_read: fn(&str, Option<i64>) -> String,
    /// The clocks agree.
    pub clock_agrees: &'static str,
    /// Why the clock was not compared.
    pub clock_not_compared: &'static str,
    /// Seconds that this machine's clock is behind the server's, or ahead if negative.
    pub clock_differs: fn(i64) -> String,
    /// `status` of a database without a job.
    pub nothing_recorded: &'static str,
}

/// The subjects that `check` checks.
#[derive(Debug)]
pub struct Subjects {
    /// The configuration.
    pub configuration: &'static str,
    /// The database and its file.
    pub database: Sentence1,
    /// The webhooks.
    pub webhooks: &'static str,
    /// The folder of the reports.
    pub reports: Sentence1,
    /// `[discover]`.
    pub discovery: &'static str,
    /// The jobs.
    pub jobs: &'static str,
    /// The credentials that are used without a profile.
    pub credentials: &'static str,
    /// The credentials of a profile.
    pub credentials_of: Sentence1,
    /// A job.
    pub job: Sentence1,
    /// A job and its endpoint.
    pub job_at: Sentence2,
    /// The status of a job.
    pub status: Sentence1,
    /// The clock.
    pub clock: &'static str,
}

/// English.
pub(super) const EN: CliText = CliText {
    error: |text| format!("error: {text}"),
    passed: "ok  ",
    failed: "FAIL",
    line: |what, result| format!("{what}: {result}"),
    subject: Subjects {
        configuration: "configuration",
        database: |file| format!("database {file}"),
        webhooks: "webhooks",
        reports: |folder| format!("reports {folder}"),
        discovery: "discovery",
        jobs: "jobs",
        credentials: "credentials",
        credentials_of: |profile| format!("credentials of {profile}"),
        job: |job| format!("job {job}"),
        job_at: |job, host| format!("job {job} at {host}"),
        status: |job| format!("status of job {job}"),
        clock: "clock",
    },
    configured: |jobs, zone| format!("{} configured, time zone {zone}", counted(jobs, "job", "jobs")),
    webhooks_found: |count| {
        let nouns = counted(count, "webhook", "webhooks");
        format!("{nouns}, addresses and secrets found")
    },
    writable: "writable",
    not_writable: |error| {
        format!("not writable: {error}; name another folder with \"reports\" in the configuration")
    },
    database_not_writable: |folder, error| {
        format!("{folder} is not writable: {error}; name another file with --db")
    },
    no_database: "not there yet; the first snapshot creates it",
    recorded: |jobs| format!("{} recorded", counted(jobs, "job", "jobs")),
    no_job: "none is named: give --job ID, or add a [[job]] to the configuration",
    first_page: |objects| format!("{} on its first page", counted(objects, "object", "objects")),
    other_kind: |error, kind| format!("{error}; the job answers as a {kind}: give kind = \"{kind}\""),
    status_read: |status, delay_ms| match delay_ms {
        Some(ms) => format!("{status}, delay {ms} ms"),
        None => status.to_owned(),
    },
    clock_agrees: "agrees with the server's",
    clock_not_compared: "not compared: no server answered",
    clock_differs: |seconds| {
        let direction = if seconds > 0 { "behind" } else { "ahead of" };
        format!("this machine's is {} s {direction} the server's: set it", seconds.abs())
    },
    nothing_recorded: "no job is recorded yet: `dts-history collect` takes a first snapshot",
};

/// Simplified Chinese.
pub(super) const ZH: CliText = CliText {
    error: |text| format!("错误：{text}"),
    passed: "通过",
    failed: "失败",
    line: |what, result| format!("{what}：{result}"),
    subject: Subjects {
        configuration: "配置",
        database: |file| format!("数据库 {file}"),
        webhooks: "Webhook",
        reports: |folder| format!("报告目录 {folder}"),
        discovery: "任务发现",
        jobs: "任务",
        credentials: "访问凭证",
        credentials_of: |profile| format!("访问凭证（{profile}）"),
        job: |job| format!("任务 {job}"),
        job_at: |job, host| format!("任务 {job}（{host}）"),
        status: |job| format!("任务 {job} 的状态"),
        clock: "系统时钟",
    },
    configured: |jobs, zone| format!("已配置 {jobs} 个任务，时区 {zone}"),
    webhooks_found: |count| format!("{count} 个，地址和密钥均已找到"),
    writable: "可写",
    not_writable: |error| format!("不可写：{error}；请在配置中用 reports 指定其他目录"),
    database_not_writable: |folder, error| format!("{folder} 不可写：{error}；请用 --db 指定其他文件"),
    no_database: "尚不存在，首次采集时创建",
    recorded: |jobs| format!("已记录 {jobs} 个任务"),
    no_job: "未指定任务：请使用 --job ID，或在配置中添加 [[job]]",
    first_page: |objects| format!("第一页有 {objects} 个对象"),
    other_kind: |error, kind| format!("{error}；该任务可按 {kind} 读取：请设置 kind = \"{kind}\""),
    status_read: |status, delay_ms| match delay_ms {
        Some(ms) => format!("{status}，延迟 {ms} 毫秒"),
        None => status.to_owned(),
    },
    clock_agrees: "与服务器时间一致",
    clock_not_compared: "未比较：没有服务器应答",
    clock_differs: |seconds| {
        let direction = if seconds > 0 { "慢" } else { "快" };
        format!("本机时间比服务器{direction} {} 秒：请校准", seconds.abs())
    },
    nothing_recorded: "尚未记录任何任务：请运行 `dts-history collect` 进行首次采集",
};
