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
