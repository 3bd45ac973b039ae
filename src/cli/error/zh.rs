//! Chinese messages of the errors of commands.

use super::cli_error::{CliError, ErrorText, TimeError};
use crate::cli::config::DEFAULT_FILE;

#[expect(clippy::too_many_lines, reason = "one arm for each error")]
pub(super) fn text(error: &CliError) -> ErrorText {
    let new = |message: String, help: String| ErrorText { message, help };
    let text = |message: String, help: &str| new(message, help.to_owned());
    match error {
        CliError::EmptyFileFlag { flag } => text(format!("{flag} 没有指定文件"), "请指定路径，或去掉该参数"),
        CliError::UnknownLanguage { code } => {
            text(format!("--lang：报告不支持语言 {code:?}"), "请使用 en 或 zh")
        }
        CliError::UnknownZone { name, suggestion } => {
            let nearest = suggestion.map(|it| format!("，最接近的是 {it}")).unwrap_or_default();
            text(
                format!("--tz：{name:?} 不是 IANA 时区{nearest}"),
                "例如 Asia/Shanghai、Europe/Berlin 或 UTC",
            )
        }
        CliError::Time { flag, error } => time_text(flag, error),
        CliError::ReversedPeriod => text("--to 不晚于 --from".to_owned(), "请用 --from 指定较早的时间"),
        CliError::Pdf { output } => new(
            format!("--output {}：报告不支持 PDF 格式", output.display()),
            format!(
                "请使用 --output {}，在浏览器中打开后打印为 PDF",
                output.with_extension("html").display()
            ),
        ),
        CliError::ReportExtension { output } => text(
            format!("--output {}：扩展名不是 .html、.md、.json 或 .xml（JUnit）", output.display()),
            "请使用其中之一，或用 --format 指定格式",
        ),
        CliError::ExportExtension { output } => text(
            format!("无法从 {} 的扩展名判断格式", output.display()),
            "请使用 .csv、.ndjson 或 .parquet，或用 --format 指定格式",
        ),
        CliError::ParquetToTerminal => {
            text("终端无法显示 Parquet".to_owned(), "请用 --output FILE.parquet 指定文件")
        }
        CliError::MixedDialects { output } => new(
            "失败对象分属 MySQL 和 PostgreSQL，不能写入同一个文件".to_owned(),
            format!(
                "请用 --output {}/ 指定目录，或用 --job 指定一个任务",
                output.with_extension("").display()
            ),
        ),
        CliError::NoJobInDatabase => text("数据库中没有任务".to_owned(), "请用 --job ID 指定任务"),
        CliError::SeveralJobs { count, listed } => {
            text(format!("数据库中有 {count} 个任务（{listed}）"), "请用 --job ID 指定其中一个")
        }
        CliError::NoJob => {
            new("未指定任务".to_owned(), format!("请使用 --job ID，或在 {DEFAULT_FILE} 中添加 [[job]]"))
        }
        CliError::NoJobToServe => {
            new("没有需要记录的任务".to_owned(), format!("请在 {DEFAULT_FILE} 中添加带有 id 的 [[job]]"))
        }
        CliError::NoRegion { job_id } => text(
            format!("任务 {job_id} 的地域未知"),
            "请用 --region 指定，例如 cn-hangzhou，或在配置中设置该任务的地域",
        ),
        CliError::NoRegionToList => text("未指定地域".to_owned(), "请用 --region 指定，例如 cn-hangzhou"),
        CliError::UnknownJob { job_id } => {
            text(format!("没有任务 {job_id} 的快照记录"), "`dts-history status` 列出已记录的任务")
        }
        CliError::UnknownSnapshot { job_id, snapshot_id } => {
            text(format!("任务 {job_id} 没有快照 {snapshot_id}"), "视图 `snapshots` 列出该任务的快照")
        }
        CliError::NothingToForget { job_id } => {
            text(format!("任务 {job_id} 在该时间之后没有快照"), "未删除任何数据")
        }
        CliError::Unconfirmed => {
            text("此操作无法撤销".to_owned(), "请用 --yes 确认，或先用 --dry-run 查看将删除的快照")
        }
        CliError::ServiceUrl { url } => text(format!("{url:?} 不是服务地址"), "格式如 http://127.0.0.1:8470"),
        CliError::FutureImport { at, now } => text(
            format!("--at {at} 晚于当前时间（{now}），在此之前将无法记录该任务的其他快照"),
            "请指定收到响应的时间，或使用 --force",
        ),
        CliError::PagesOfTwoSweeps { first, second } => text(
            format!("{first} 和 {second} 包含相同的对象但状态不同，属于两次采集"),
            "请分别导入并各自指定 --at，或使用 --force",
        ),
        CliError::NoAction => text("未指定操作".to_owned(), "`notify --test` 向每个 Webhook 发送测试事件"),
        CliError::NoWebhook => {
            new("没有配置 Webhook".to_owned(), format!("请在 {DEFAULT_FILE} 中添加 [[webhook]]"))
        }
        CliError::NoRetention => new(
            "没有配置数据保留规则".to_owned(),
            format!(
                "请在 {DEFAULT_FILE} 的 [retention] 中设置 thin_after_days、drop_failed_after_days、\
                 drop_messages_after_days 或 drop_jobs_after_days"
            ),
        ),
    }
}

fn time_text(flag: &str, error: &TimeError) -> ErrorText {
    match error {
        TimeError::Format(text) => ErrorText::new(
            format!("{flag}：{text:?} 不是时间"),
            "请使用 2026-01-02T03:04:05Z、日期（2026-01-02）、日期和时间（'2026-01-02 03:04'）或时长（2h）",
        ),
        TimeError::Range(text) => {
            ErrorText::new(format!("{flag}：{text:?} 不在 1970 年至 9999 年之间"), "请指定此范围内的时间")
        }
        TimeError::Skipped(text, zone) => {
            ErrorText::new(format!("{flag}：{text:?} 在 {zone} 不存在，当时时钟被拨快"), "请写明时区偏移")
        }
    }
}
