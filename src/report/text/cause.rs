//! Causes of failures: what kind of trouble it is, and what usually helps.

use super::plural::counted;
use super::sentence::{CountSentence1, Sentence2};
use crate::history::failures::error_class::ErrorClass;
use crate::report::number::integer;

/// Words about causes.
#[derive(Debug)]
pub struct CauseText {
    /// Heading.
    pub title: &'static str,
    /// An introduction of the list.
    pub note: &'static str,
    /// The columns: cause, failures, first seen, what to do.
    pub columns: [&'static str; 4],
    /// The name of an error class.
    pub name: fn(ErrorClass) -> &'static str,
    /// The usual remedy.
    pub hint: fn(ErrorClass) -> &'static str,
    /// With the name of what is missing.
    pub named: Sentence2,
    /// The number of objects that failed with this message.
    pub failures: CountSentence1,
    /// The number of objects that depend on them.
    pub dependents: CountSentence1,
    /// Each of them waits behind another cause.
    pub follows: &'static str,
    /// The first sighting: snapshot number, moment.
    pub first: Sentence2,
    /// The replacement for an empty message.
    pub no_message: &'static str,
}

/// English.
pub(super) const EN: CauseText = CauseText {
    title: "What caused them",
    note: "Failures with the same message but for names and numbers. Start at the top: failures that depend on \
           another one often succeed once it is repaired.",
    columns: ["Cause", "Failures", "First seen", "What usually helps"],
    name: name_en,
    hint: hint_en,
    named: |name, what| format!("{name}: {what}"),
    failures: |count| counted(count, "object", "objects"),
    dependents: |count| counted(count, "other depends on it", "others depend on it"),
    follows: "follows from another failure",
    first: |snapshot, moment| format!("snapshot {snapshot}, {moment}"),
    no_message: "no message",
};

/// 简体中文。
pub(super) const ZH: CauseText = CauseText {
    title: "失败原因",
    note: "除对象名和数字外，报错相同的失败归为一类。请自上而下处理：排在某个原因之后的对象，在该原因消除后可能会自行成功。",
    columns: ["原因", "失败对象", "首次看到", "通常的处理办法"],
    name: name_zh,
    hint: hint_zh,
    named: |name, what| format!("{name}：{what}"),
    failures: |count| format!("{} 个对象", integer(count)),
    dependents: |count| format!("另有 {} 个对象受其影响", integer(count)),
    follows: "由其他失败引起",
    first: |snapshot, moment| format!("快照 {snapshot}，{moment}"),
    no_message: "没有报错信息",
};

fn name_en(family: ErrorClass) -> &'static str {
    match family {
        ErrorClass::AlreadyExists => "Already exists",
        ErrorClass::MissingType => "A type is missing",
        ErrorClass::MissingTable => "A table is missing",
        ErrorClass::MissingColumn => "A column is missing",
        ErrorClass::MissingFunction => "A function is missing",
        ErrorClass::MissingSchema => "A schema or database is missing",
        ErrorClass::MissingUser => "A user or role is missing",
        ErrorClass::InvalidReference => "Invalid reference: missing object, different type or no privilege",
        ErrorClass::DuplicateRows => "Rows violate a unique key",
        ErrorClass::OrphanRows => "Rows violate a foreign key",
        ErrorClass::RuleBroken => "Rows violate a constraint of the table",
        ErrorClass::Privilege => "Insufficient privileges",
        ErrorClass::Syntax => "Syntax not supported by the destination",
        ErrorClass::TooLong => "A key, row or name is too long",
        ErrorClass::Encoding => "Characters that the destination cannot store",
        ErrorClass::Value => "A value does not fit its column",
        ErrorClass::Lock => "Lock wait timeout",
        ErrorClass::Connection => "Connection lost",
        ErrorClass::Space => "No space left",
        ErrorClass::ReadOnly => "The destination is read-only",
        ErrorClass::Unsupported => "Not supported by the destination",
        ErrorClass::Unknown => "Another error",
    }
}

fn hint_en(family: ErrorClass) -> &'static str {
    match family {
        ErrorClass::AlreadyExists => {
            "Compare the object at the destination with the definition; drop one of them, or leave it if they are the same."
        }
        ErrorClass::MissingType => {
            "Create the type, or the extension that provides it (PostGIS for geometry), at the destination; then run the statement again."
        }
        ErrorClass::MissingTable => {
            "Create the table first, or add it to the job's objects; then run the statement again."
        }
        ErrorClass::MissingColumn => {
            "Compare the columns of the table at both ends; the object was written for another version of the table."
        }
        ErrorClass::MissingFunction => {
            "Create the function, or the extension that provides it; if only argument types differ, add a cast."
        }
        ErrorClass::MissingSchema => {
            "Create the schema or database at the destination, or correct the name mapping of the job."
        }
        ErrorClass::MissingUser => {
            "Create the user or role at the destination, or replace the DEFINER or owner in the statement."
        }
        ErrorClass::InvalidReference => {
            "Create the tables and functions that it uses. For a view, check that its definer exists and can read them; for a foreign key, that both columns have the same type and the parent column has a key."
        }
        ErrorClass::DuplicateRows => {
            "Find the rows with duplicate keys, at the source or from an earlier attempt; remove them, then create the key."
        }
        ErrorClass::OrphanRows => {
            "Find the rows without a parent (NOT IN the parent table); load the parents or remove the rows, then add the key."
        }
        ErrorClass::RuleBroken => {
            "Find the rows that violate the constraint; correct them, then add the constraint again."
        }
        ErrorClass::Privilege => {
            "Grant the privilege to the account of the job at the destination, then retry."
        }
        ErrorClass::Syntax => {
            "Rewrite the statement for the destination's version and dialect, and run it by hand."
        }
        ErrorClass::TooLong => {
            "Shorten the key (a prefix, fewer columns) or change the row format or character set of the table."
        }
        ErrorClass::Encoding => {
            "Change the column or table at the destination to a character set that contains them, for example utf8mb4."
        }
        ErrorClass::Value => {
            "Compare the column's type and the SQL mode at both ends; widen the column or correct the rows."
        }
        ErrorClass::Lock => {
            "Find and terminate the transaction that holds the lock at the destination, then retry."
        }
        ErrorClass::Connection => {
            "Check that the destination is running and reachable, and its timeouts and connection limits; then retry."
        }
        ErrorClass::Space => "Free or add disk space at the destination, then retry.",
        ErrorClass::ReadOnly => {
            "Make the destination writable: it may be a replica, locked for space, or under maintenance."
        }
        ErrorClass::Unsupported => {
            "Replace the object with one that the destination supports; DTS cannot convert it."
        }
        ErrorClass::Unknown => "Run the statement by hand at the destination to see the full error.",
    }
}

fn name_zh(family: ErrorClass) -> &'static str {
    match family {
        ErrorClass::AlreadyExists => "对象已存在",
        ErrorClass::MissingType => "缺少类型",
        ErrorClass::MissingTable => "缺少表",
        ErrorClass::MissingColumn => "缺少列",
        ErrorClass::MissingFunction => "缺少函数",
        ErrorClass::MissingSchema => "缺少模式或数据库",
        ErrorClass::MissingUser => "缺少用户或角色",
        ErrorClass::InvalidReference => "引用的对象不存在、不一致或无权访问",
        ErrorClass::DuplicateRows => "数据违反唯一键",
        ErrorClass::OrphanRows => "数据违反外键",
        ErrorClass::RuleBroken => "数据违反表的约束",
        ErrorClass::Privilege => "权限不足",
        ErrorClass::Syntax => "目标库不支持该语法",
        ErrorClass::TooLong => "键、行或名称过长",
        ErrorClass::Encoding => "字符无法存入目标库",
        ErrorClass::Value => "值与列类型不符",
        ErrorClass::Lock => "等待锁超时",
        ErrorClass::Connection => "连接中断",
        ErrorClass::Space => "空间不足",
        ErrorClass::ReadOnly => "目标库不可写",
        ErrorClass::Unsupported => "目标库不支持",
        ErrorClass::Unknown => "其他错误",
    }
}

fn hint_zh(family: ErrorClass) -> &'static str {
    match family {
        ErrorClass::AlreadyExists => "对比目标库中的对象与定义：一致则可保留，不一致则删除其一后重试。",
        ErrorClass::MissingType => {
            "在目标库创建该类型或提供它的扩展（例如 geometry 需要 PostGIS），然后重新执行语句。"
        }
        ErrorClass::MissingTable => "先创建该表，或把它加入任务的迁移对象，然后重新执行语句。",
        ErrorClass::MissingColumn => "对比两端表的列：该对象针对的是表的另一个版本。",
        ErrorClass::MissingFunction => "创建该函数或提供它的扩展；若只是参数类型不同，请添加类型转换。",
        ErrorClass::MissingSchema => "在目标库创建该模式或数据库，或修正任务中的库名映射。",
        ErrorClass::MissingUser => "在目标库创建该用户或角色，或替换语句中的 DEFINER 或属主。",
        ErrorClass::InvalidReference => {
            "创建其用到的表和函数；视图还须确认 DEFINER 存在且有读取权限，外键还须确认两端列类型一致且父列上有键。"
        }
        ErrorClass::DuplicateRows => "找出键值重复的行（来自源库或之前的尝试），清理后再创建该键。",
        ErrorClass::OrphanRows => "找出没有父行的数据，补齐父表数据或删除这些行，然后再添加外键。",
        ErrorClass::RuleBroken => "找出违反约束的行，修正后重新添加约束。",
        ErrorClass::Privilege => "为任务使用的目标库账号授予所需权限，然后重试。",
        ErrorClass::Syntax => "按目标库的版本和方言改写语句，并手工执行。",
        ErrorClass::TooLong => "缩短键（使用前缀或减少列），或调整表的行格式或字符集。",
        ErrorClass::Encoding => "把目标库的列或表改为能保存这些字符的字符集，例如 utf8mb4。",
        ErrorClass::Value => "对比两端的列类型和 SQL 模式，放宽列或修正数据。",
        ErrorClass::Lock => "在目标库找到并结束持有锁的事务，然后重试。",
        ErrorClass::Connection => "确认目标库正常运行且网络可达，检查超时和连接数限制，然后重试。",
        ErrorClass::Space => "为目标库扩容，然后重试。",
        ErrorClass::ReadOnly => "让目标库恢复可写：它可能是只读副本、因空间不足被锁定或正在维护。",
        ErrorClass::Unsupported => "用目标库支持的对象替代，DTS 无法自动转换。",
        ErrorClass::Unknown => "在目标库手工执行该语句，查看完整报错。",
    }
}
