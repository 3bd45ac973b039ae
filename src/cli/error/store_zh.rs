//! Chinese messages of the errors of the database.

use super::cli_error::ErrorText;
use crate::store::Error;

#[expect(clippy::too_many_lines, reason = "one arm for each error")]
pub(super) fn text(error: &Error) -> ErrorText {
    let other_file = "请用 --db 指定其他文件";
    let (message, help) = match error {
        Error::Missing { database } => (
            format!("{database} 不存在"),
            "请用 `dts-history collect` 或 `dts-history import` 进行记录，或用 --db 指定其他文件",
        ),
        Error::SpecialName { database } => {
            (format!("SQLite 不把 {database:?} 当作文件名，其中的记录不会保存"), "请用 --db 指定文件")
        }
        Error::NotAFile { database } => (format!("{database} 不是普通文件"), other_file),
        Error::NotADatabase { database } => (format!("{database} 不是 SQLite 数据库"), other_file),
        Error::Foreign { database } => (format!("{database} 是其他应用程序的数据库，未作修改"), other_file),
        Error::Newer { database } => (
            format!("{database} 由更高版本的 dts-history 写入，未作修改"),
            "请升级 dts-history，或用 --db 指定其他文件",
        ),
        Error::UnknownSchema { database, versions } => (
            format!("{database} 的表结构不是任何版本的 dts-history 所写（{versions:?}）"),
            "请恢复备份，或用 --db 指定其他文件",
        ),
        Error::NotWritable { database, reason } => {
            (format!("无法打开 {database}（{reason}）"), "请检查所在目录是否存在，以及目录和文件是否可写")
        }
        Error::Full { database } => {
            (format!("写入 {database} 时磁盘空间不足，未记录任何数据"), "请释放磁盘空间后重试")
        }
        Error::Disk { database, reason } => (
            format!("磁盘无法读写 {database}（{reason}），未记录任何数据"),
            "请检查磁盘、配额和文件大小上限后重试",
        ),
        Error::Deleted { database } => {
            (format!("{database} 在打开期间被删除，未记录任何数据"), "请恢复该文件，或重启服务以记录到新文件")
        }
        Error::Replaced { database } => (
            format!("{database} 在打开期间被其他文件替换，未记录任何数据"),
            "请恢复该文件，或重启服务以记录到新文件",
        ),
        Error::LogReplaced { database, file } => (
            format!("{file} 在 {database} 打开期间被删除或替换"),
            "请重启服务，以保存日志中已有的数据；在此之前不再记录",
        ),
        Error::NoConnection { database } => {
            (format!("本进程到 {database} 的连接 30 秒内均被占用，未记录任何数据"), "请重试")
        }
        Error::Busy { database } => {
            (format!("{database} 被其他进程占用超过 30 秒，未记录任何数据"), "请重试")
        }
        Error::Locked { database, process_id } => {
            let process = process_id.map(|id| format!("（进程 {id}）")).unwrap_or_default();
            (format!("另一个服务{process}正在记录到 {database}"), "请停止该服务，或用 --db 指定其他数据库")
        }
        Error::LockFile { path, source } => {
            (format!("无法锁定 {}（{source}）", path.display()), "请检查所在目录是否可写")
        }
        Error::Unexpected { database, found } => (
            format!("{database} 中有 {found}：数据库被手工修改或已损坏"),
            "可用 `pragma integrity_check` 检查；如已损坏，请恢复备份",
        ),
        Error::Unreachable { database, reason } => (
            format!("无法连接 {database}（{reason}）"),
            "请检查 URL、PostgreSQL 是否运行，以及 PGPASSWORD、~/.pgpass 或 database_password_file 中的密码",
        ),
        Error::NoPermission { database, reason } => (
            format!("该用户在 {database} 中缺少权限（{reason}）"),
            "请为该用户授权，或在 [postgres] 中用 schema 指定该用户自己的 schema",
        ),
        Error::SharedSchema { database } => (
            format!("{database} 的 schema 中有其他应用程序的表，未作修改"),
            "请在 [postgres] 中用 schema 指定单独的 schema",
        ),
        Error::Interrupted { database, reason } => {
            (format!("{database} 中的操作被中断（{reason}），未记录任何数据"), "请重试")
        }
        Error::UnknownCommit { database, reason } => (
            format!("提交时与 {database} 的连接中断（{reason}），无法确定是否已记录"),
            "请先查看已记录的数据，再决定是否重新执行",
        ),
        Error::Server { database, reason } => {
            (format!("{database} 报告错误（{reason}）"), "详情请查看 PostgreSQL 的日志")
        }
        Error::Sql { database, reason } => {
            (format!("无法读写 {database}（{reason}）"), "如已损坏，请恢复备份")
        }
    };
    ErrorText::new(message, help)
}
