//! Chinese `--help` of `status`, `failures`, `report` and `check`.

use clap::{Arg, ArgAction, Command};

/// The help of a command: its description, and the help of each argument by id.
struct CommandHelp {
    command: &'static str,
    about: &'static str,
    arguments: &'static [(&'static str, &'static str)],
    examples: &'static str,
}

/// The help of the arguments that every command has.
const GLOBAL_ARGUMENTS: [(&str, &str); 3] = [
    ("config", "配置文件 [默认：当前目录下的 dts-history.toml（如果存在）] [环境变量：DTS_HISTORY_CONFIG]"),
    (
        "db",
        "历史数据库：文件，或 URL postgres://USER@HOST/DATABASE [默认：取自配置，否则为 dts-history.db] [环境变量：DTS_HISTORY_DB]",
    ),
    ("help", "显示帮助"),
];

const JOB_ONLY: (&str, &str) = ("job", "只显示该任务");
const LANG: (&str, &str) = ("lang", "语言：en 或 zh [默认：取自配置，否则取自系统语言环境]");
const TZ: (&str, &str) = ("tz", "时区，例如 Asia/Shanghai [默认：取自配置，否则为 UTC]");

const HELP: [CommandHelp; 4] = [
    CommandHelp {
        command: "status",
        about: "显示每个任务的状态：先列失败对象，再列各表的状态、行数、速率和预计结束时间",
        arguments: &[
            JOB_ONLY,
            ("json", "输出 JSON"),
            ("exit_code", "退出码：0 所有任务均已结束且无失败，3 有失败，5 仍有任务在进行"),
            (
                "all",
                "显示所有表 [默认：每个任务的前 20 张]；与 --json 一起使用时，增加各次尝试、速率和状态的历史",
            ),
            ("watch", "按此间隔（秒）持续刷新，直到中断 [默认：5]"),
            LANG,
            TZ,
        ],
        examples: "示例：
  dts-history status
  dts-history status --watch                           持续刷新，按 Ctrl-C 结束
  dts-history status --job dtsi76118o3w92abcd --json | jq '.jobs[0].verdict'",
    },
    CommandHelp {
        command: "failures",
        about: "按原因列出失败对象，或将失败的语句写成可重复执行的 SQL 脚本",
        arguments: &[
            ("job", "只列出该任务的失败对象"),
            ("all", "包括已解决的失败"),
            (
                "format",
                "输出格式：table、json 或 sql [默认：由输出文件的扩展名决定，目录为 sql，否则为 table]",
            ),
            ("output", "输出：文件、目录（每个数据库一个脚本），或 - 表示标准输出 [默认：-]"),
            LANG,
            TZ,
        ],
        examples: "示例：
  dts-history failures                                 按原因列出，并给出常用的处理方法
  dts-history failures --job dtsi76118o3w92abcd --output repair/       每个数据库一个可重复执行的 SQL 脚本
  dts-history failures --all --format json | jq '.jobs[].causes[].family'",
    },
    CommandHelp {
        command: "report",
        about: "根据数据库生成任务的报告",
        arguments: &[
            ("job", "报告的任务 [默认：数据库中唯一的任务]"),
            ("format", "报告格式：html、md、json 或 junit [默认：由输出文件的扩展名决定，否则为 html]"),
            LANG,
            TZ,
            ("from", "报告时段的开始：时间、日期或时长（2h）[默认：第一个快照]"),
            ("to", "报告时段的结束：时间、日期或时长（2h）[默认：最后一个快照]"),
            ("output", "输出文件；- 表示标准输出 [默认：-]"),
        ],
        examples:
            "示例：
  dts-history report --job dtsi76118o3w92abcd --output report.html
  dts-history report --job dtsi76118o3w92abcd --format md --lang zh --tz Asia/Shanghai
  dts-history report --job dtsi76118o3w92abcd --format json | jq .verdict
  dts-history report --job dtsi76118o3w92abcd --format junit --output migration.xml    用于 Jenkins 或 GitLab",
    },
    CommandHelp {
        command: "check",
        about: "检查配置、数据库、凭证、时钟和接入点，并读取每个任务的一页数据",
        arguments: &[
            ("jobs", "要读取一页数据的任务，可多次指定 [默认：所有已配置的任务]"),
            ("region", "所指定任务的地域"),
            (
                "kind",
                "所指定任务的类型：synchronization、migration 或 task [默认：取自配置，否则为 synchronization]",
            ),
            ("endpoint", "API 接入点 [默认：取自配置，否则由地域决定]"),
        ],
        examples: "示例：
  dts-history check                                    首次采集之前，或采集失败时
  dts-history check --job dtsi76118o3w92abcd --region cn-hangzhou",
    },
];

const TEMPLATE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// The command line with Chinese help for the command among `arguments`, if it is one of these four. The global options
/// are translated for it only, because clap copies them to every command.
pub(super) fn with_chinese_help(program: Command, mut arguments: impl Iterator<Item = String>) -> Command {
    let Some(help) = arguments.find_map(|argument| HELP.iter().find(|help| help.command == argument)) else {
        return program;
    };
    let program = program.mut_args(|argument| translated(argument, &GLOBAL_ARGUMENTS));
    program.mut_subcommand(help.command, |command| {
        let help_flag = Arg::new("help").short('h').long("help").action(ArgAction::Help);
        command
            .disable_help_flag(true)
            .arg(help_flag)
            .about(help.about)
            .after_help(help.examples)
            .help_template(TEMPLATE)
            .mut_args(|argument| translated(argument, help.arguments))
    })
}

fn translated(argument: Arg, help: &[(&str, &'static str)]) -> Arg {
    let text = help.iter().chain(&GLOBAL_ARGUMENTS).find(|(id, _)| argument.get_id() == *id);
    let Some((_, text)) = text else { return argument };
    // The brackets that clap appends are English; the text has them in Chinese.
    let takes_values = argument.get_action().takes_values();
    let argument = argument.hide_env(true).help(*text).help_heading("选项");
    if takes_values { argument.hide_possible_values(true).hide_default_value(true) } else { argument }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::args::Args;
    use super::*;

    #[test]
    fn every_argument_of_the_commands_has_chinese_help() {
        for help in &HELP {
            let mut program = with_chinese_help(Args::command(), [help.command.to_owned()].into_iter());
            program.build();
            let command = program.find_subcommand_mut(help.command).unwrap();
            for argument in command.get_arguments() {
                let text = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!text.is_ascii(), "{} {}: {text}", help.command, argument.get_id());
            }
            let text = command.render_help().to_string();
            assert!(text.contains("用法：") && text.contains("选项"), "{text}");
            assert!(!text.contains("Options:") && !text.contains("[default"), "{text}");
        }
    }
}
