//! The language of the command line: the flag, then the configuration, then the locale.

use crate::support::Folder;

const IMPORT: [&str; 6] = ["import", "--job", "dtsi", "--at", "2026-01-02T03:04:05Z", "sample.json"];

fn output(folder: &Folder, args: &[&str], locale: &[(&str, &str)]) -> String {
    let output = folder.command(args).envs(locale.iter().copied()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn commands_use_the_language_of_the_locale() {
    let folder = Folder::new();
    folder.write("sample.json", include_str!("../samples/sample.json"));
    folder.run(&IMPORT).expect_success();
    let chinese = [("LANG", "zh_CN.UTF-8")];
    for (args, words) in [
        (&["status"][..], "已完成"),
        (&["failures"], "没有未解决的失败"),
        (&["report", "--job", "dtsi", "--format", "md"], "迁移"),
        (&["check"], "通过  数据库 dts-history.db：已记录 1 个任务"),
    ] {
        let text = output(&folder, args, &chinese);
        assert!(text.contains(words), "{args:?}: {text}");
        let text = output(&folder, args, &[("LANG", "en_US.UTF-8")]);
        assert!(!text.contains(words), "{args:?}: {text}");
    }
}

#[test]
fn the_flag_and_the_configuration_precede_the_locale() {
    let folder = Folder::new();
    folder.write("sample.json", include_str!("../samples/sample.json"));
    folder.run(&IMPORT).expect_success();
    let chinese = [("LC_ALL", "zh_CN.UTF-8"), ("LANG", "en_US.UTF-8")];
    let is_chinese = |args: &[&str]| output(&folder, args, &chinese).contains("已完成");
    assert!(is_chinese(&["status"]));
    assert!(!is_chinese(&["status", "--lang", "en"]));
    folder.write("dts-history.toml", "language = \"en\"\n");
    assert!(!is_chinese(&["status"]));
    assert!(is_chinese(&["status", "--lang", "zh"]));
}

#[test]
fn help_and_errors_use_the_language_of_the_locale() {
    let folder = Folder::new();
    let chinese = [("LANG", "zh_CN.UTF-8")];
    for (command, about) in [
        ("status", "显示每个任务的状态"),
        ("failures", "按原因列出失败对象"),
        ("report", "根据数据库生成任务的报告"),
        ("check", "检查配置、数据库、凭证"),
    ] {
        let help = output(&folder, &[command, "--help"], &chinese);
        assert!(help.contains(about) && help.contains("用法："), "{help}");
        assert!(output(&folder, &[command, "--help"], &[]).contains("Usage:"));
    }

    let error = |args: &[&str], locale: &[(&str, &str)]| {
        let output = folder.command(args).envs(locale.iter().copied()).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    for args in [&["status"][..], &["failures"], &["report", "--job", "dtsi"]] {
        let text = error(args, &chinese);
        assert!(text.starts_with("错误：") && text.contains("dts-history.db 不存在：请用"), "{text}");
        assert!(error(args, &[]).starts_with("error: there is no history at"), "{args:?}");
    }
    folder.write("sample.json", include_str!("../samples/sample.json"));
    folder.run(&IMPORT).expect_success();
    for (args, words) in [
        (&["status", "--job", "dtsx"][..], "没有任务 dtsx 的快照记录"),
        (&["report", "--from", "yesterday"], "--from：\"yesterday\" 不是时间"),
        (&["report", "--output", "report.pdf"], "报告不支持 PDF 格式"),
        (&["failures", "--tz", "Asia/Shangai"], "最接近的是 Asia/Shanghai"),
    ] {
        let text = error(args, &chinese);
        assert!(text.starts_with("错误：") && text.contains(words), "{args:?}: {text}");
    }
    let text = error(&["report", "--lang", "zh", "--to", "2020-01-01", "--from", "2021-01-01"], &[]);
    assert!(text.contains("--to 不晚于 --from"), "{text}");
    folder.write("dts-history.toml", "language = \"zh\"\n");
    assert!(error(&["status", "--job", "dtsx"], &[]).starts_with("错误："), "the configuration decides");
}
