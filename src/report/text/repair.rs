//! The repair scripts, and the list of failures in the terminal.

use super::plural::counted;
use super::sentence::{CountSentence2, CountSentence3, Sentence1, Sentence2};

/// Words of the repair scripts. They stand in SQL comments.
#[derive(Debug)]
pub struct RepairText {
    /// The title, from the name of the database.
    pub title: Sentence1,
    /// Of which job, as of which moment.
    pub of_job: Sentence2,
    /// Nothing fails.
    pub nothing_open: &'static str,
    /// Nothing ever failed.
    pub nothing_ever: &'static str,
    /// The numbers of runnable and of skipped statements.
    pub counts: CountSentence2,
    /// The instruction to run the command.
    pub run: Sentence1,
    /// That it may run again.
    pub again: &'static str,
    /// Of MySQL: what stops it, and what older servers cannot do.
    pub again_mysql: &'static str,
    /// The source's name of the database differs from the destination's.
    pub renamed: Sentence2,
    /// This of so many: what it is.
    pub statement: fn(usize, usize, &str) -> String,
    /// When it failed.
    pub failed: Sentence1,
    /// When it was resolved.
    pub resolved: Sentence1,
    /// There is no error message.
    pub no_error: &'static str,
    /// Heading of what is set apart.
    pub skipped: &'static str,
    /// Why it is set apart.
    pub exists: &'static str,
    /// No definition was given.
    pub no_definition: &'static str,
    /// A quote or comment is not closed.
    pub not_closed: &'static str,
    /// It holds more than one statement.
    pub several: &'static str,
    /// It may hold more than one statement.
    pub uncertain: &'static str,
    /// It holds what the client would take for a command.
    pub command: &'static str,
    /// It neither creates nor alters a table.
    pub not_ddl: &'static str,
    /// The added constraint or index has no name.
    pub unnamed: &'static str,
    /// A constraint without a table.
    pub no_parent: &'static str,
    /// It names the source's database, which has another name here.
    pub elsewhere: &'static str,
    /// The job no longer lists the object.
    pub unlisted: &'static str,
    /// Rows, not a statement.
    pub rows: &'static str,
    /// Several scripts were written: how many, statements, set apart.
    pub written: CountSentence3,
}

/// English.
pub(super) const EN: RepairText = RepairText {
    title: |database| format!("Statements that DTS could not execute in the destination database {database}"),
    of_job: |job, moment| format!("Job {job}, as of {moment}"),
    nothing_open: "Nothing is left to repair: no statement for this database is failed.",
    nothing_ever: "Nothing to repair: no statement for this database has ever failed.",
    counts: |run, skipped| format!("{run} to run; {skipped} set apart below for manual review."),
    run: |command| format!("Remove the causes, then run: {command}"),
    again: "It can be run repeatedly: existing objects are left unchanged.",
    again_mysql: "The client stops at the first error; --force continues. Before MySQL 8.0.29, an existing routine or trigger \
                  is an error.",
    renamed: |source, destination| {
        format!(
            "The name of this database at the source is {source}. Check that statements that contain it mean {destination}."
        )
    },
    statement: |number, of, what| format!("{number} of {of}: {what}"),
    failed: |moment| format!("failed {moment}"),
    resolved: |moment| format!("resolved {moment}"),
    no_error: "no error message",
    skipped: "Set apart: review each statement and run it by hand if it is right.",
    exists: "the destination reports that it already exists: compare the two first",
    no_definition: "DTS returned no definition",
    not_closed: "a quote or comment is not closed: the definition may be cut off",
    several: "more than one statement",
    uncertain: "possibly more than one statement: words like BEGIN or END may be names in it",
    command: "contains a word or character that the client would read as a command",
    not_ddl: "not a statement that creates something",
    unnamed: "adds an unnamed constraint or index: running it twice would add it twice",
    no_parent: "a constraint without the name of its table",
    elsewhere: "contains the name of the source database: replace it with the name at the destination, then run it by hand",
    unlisted: "the job no longer lists this object",
    rows: "copying rows failed: there is no statement to run; retry in DTS",
    written: |scripts, run, skipped| {
        let (scripts, run) = (counted(scripts, "script", "scripts"), counted(run, "statement", "statements"));
        format!("{scripts}: {run} to run, {skipped} set apart")
    },
};

/// 简体中文。
pub(super) const ZH: RepairText = RepairText {
    title: |database| format!("DTS 未能在目标库 {database} 中执行的语句"),
    of_job: |job, moment| format!("任务 {job}，截至 {moment}"),
    nothing_open: "无需修复：该库目前没有失败的语句。",
    nothing_ever: "无需修复：该库从未有语句失败。",
    counts: |run, skipped| format!("可执行 {run} 条，另有 {skipped} 条单列在后，由您决定。"),
    run: |command| format!("消除失败原因后执行：{command}"),
    again: "可以重复执行：已存在的对象保持不变。",
    again_mysql: "客户端遇到第一个错误即停止，加 --force 可继续。MySQL 8.0.29 之前，已存在的存储程序或触发器会报错。",
    renamed: |source, destination| {
        format!("源库中该库名为 {source}。语句中出现该名称时，请确认所指是否为 {destination}。")
    },
    statement: |number, of, what| format!("第 {number} 条，共 {of} 条：{what}"),
    failed: |moment| format!("失败于 {moment}"),
    resolved: |moment| format!("解决于 {moment}"),
    no_error: "没有报错信息",
    skipped: "单列：请逐条查看，确认后手工执行。",
    exists: "目标库报告对象已存在：请先对比两者",
    no_definition: "DTS 未给出定义",
    not_closed: "引号或注释没有闭合：定义可能被截断",
    several: "不止一条语句",
    uncertain: "可能不止一条语句：其中的 BEGIN、END 等词可能是名称",
    command: "含有客户端会当作自身命令的词或符号",
    not_ddl: "不是创建对象的语句",
    unnamed: "所添加的约束或索引没有名称：执行两次会添加两次",
    no_parent: "约束没有给出所属的表",
    elsewhere: "语句中使用的是源库的库名：请改为目标库的库名后手工执行",
    unlisted: "任务已不再列出该对象",
    rows: "数据复制失败：没有可执行的语句，请在 DTS 中重试",
    written: |scripts, run, skipped| format!("{scripts} 个脚本：可执行 {run} 条，单列 {skipped} 条"),
};
