//! Examples and notes at the end of each command's help and manual page.

pub(super) const PROGRAM: &str = "\
Examples:
  dts-history demo                                     try it without an account
  dts-history collect --job dtsi76118o3w92abcd --region cn-hangzhou
  dts-history status                                   the state of each job
  dts-history report --job dtsi76118o3w92abcd --output report.html

Credentials are found as by Alibaba Cloud's own tools: ALIBABA_CLOUD_ACCESS_KEY_ID and _SECRET (and _SECURITY_TOKEN),
OIDC, ~/.aliyun/config.json, the role of the ECS instance, ALIBABA_CLOUD_CREDENTIALS_URI.
DTS_HISTORY_LOG=info logs more to stderr.
Exit status: 0 success, 1 failure, 2 invalid usage or configuration.";

pub(super) const COLLECT: &str = "\
Examples:
  dts-history collect                                  all jobs of dts-history.toml
  dts-history collect --job dtsi76118o3w92abcd --region cn-hangzhou
In a crontab:
  * * * * * . /etc/dts-history/credentials && /usr/local/bin/dts-history --config /etc/dts-history/dts-history.toml collect";

pub(super) const IMPORT: &str = "\
Examples:
  dts-history import --job dtsi76118o3w92abcd --at 2026-01-02T03:04:05Z page1.json page2.json
  aliyun dts DescribeInitializationStatus … | dts-history import --job dtsi76118o3w92abcd --at 2026-01-02T03:04:05Z -";

pub(super) const REPORT: &str = "\
Examples:
  dts-history report --job dtsi76118o3w92abcd --output report.html
  dts-history report --job dtsi76118o3w92abcd --format md --lang zh --tz Asia/Shanghai
  dts-history report --job dtsi76118o3w92abcd --format json | jq .verdict
  dts-history report --job dtsi76118o3w92abcd --format junit --output migration.xml    for Jenkins or GitLab";

pub(super) const STATUS: &str = "\
Examples:
  dts-history status
  dts-history status --watch                           refreshes until Ctrl-C
  dts-history status --job dtsi76118o3w92abcd --json | jq '.jobs[0].verdict'
  dts-history status --exit-code || echo not finished, or with failures
Exit status with --exit-code: 0 ended without failures, 3 failures, 5 still running.";

pub(super) const COMPARE: &str = "\
Examples:
  dts-history compare --job dtsi76118o3w92abcd --with dtsirehearsal --output comparison.html
  dts-history compare --job dtsi76118o3w92abcd --with dtsirehearsal --map shop_test=shop
  dts-history compare --job dtsi76118o3w92abcd@2026-01-03/ --with dtsi76118o3w92abcd@/2026-01-02
  dts-history compare --job dtsi76118o3w92abcd --with dtsirehearsal --format json | jq '.tables[] | select(.change == \"slower\")'
A table is slower or faster only if its durations, which are ranges, do not overlap.";

pub(super) const WAIT: &str = "\
Examples:
  dts-history wait --job dtsi76118o3w92abcd --max-failures 0 && ./cutover.sh
  dts-history wait --until data --timeout 2h           reads what serve or cron records
  dts-history wait --collect --timeout 2h              takes the snapshots itself
  dts-history wait --max-failures 0 --max-delay 5s     before the application is switched
Without --max-failures any number of failures is accepted. Progress is printed to stderr.
Exit status: 0 the step has ended within the limits, 3 over a limit, or the job failed before the step, 4 not in time.";

pub(super) const SERVE: &str = "\
Examples:
  dts-history serve                                    the jobs and the schedule of dts-history.toml
  dts-history --config /etc/dts-history/dts-history.toml serve
  DTS_HISTORY_TOKEN_FILE=/etc/dts-history/token dts-history serve --listen 0.0.0.0:8470
SIGTERM stops it after the sweeps in flight have finished, SIGHUP reloads the configuration.";

pub(super) const JOBS: &str = "\
Examples:
  dts-history jobs --region cn-hangzhou
  dts-history jobs --region cn-hangzhou --name orders --toml >> dts-history.toml";

pub(super) const CHECK: &str = "\
Examples:
  dts-history check                                    before the first collect, or when it fails
  dts-history check --job dtsi76118o3w92abcd --region cn-hangzhou";

pub(super) const FAILURES: &str = "\
Examples:
  dts-history failures                                 by cause, with the usual remedy
  dts-history failures --job dtsi76118o3w92abcd --output repair/       one rerunnable SQL script per database
  dts-history failures --all --format json | jq '.jobs[].causes[].family'";

pub(super) const EXPORT: &str = "\
Examples:
  dts-history export --view table_history --output history.parquet
  dts-history export --view failures --job dtsi76118o3w92abcd --output failures.csv
  dts-history export --view table_throughput --format ndjson | jq .rows_per_second
Views: docs/views.md. NULL is an empty field in CSV and null in NDJSON; times are UTC timestamps in Parquet.";

pub(super) const NOTIFY: &str = "\
Examples:
  dts-history notify --test                            each [[webhook]] of dts-history.toml";

pub(super) const PRUNE: &str = "\
Examples:
  dts-history prune --dry-run                          what [retention] of dts-history.toml would remove
  dts-history prune
  dts-history prune --compact                          once, if the file was created by an older version
Only what [retention] names is removed. Recording, reports and SQL shells continue meanwhile; while the file is
compacted, recording waits.";

pub(super) const HEALTHCHECK: &str = "\
Examples:
  dts-history healthcheck                              the service of this configuration, on this machine
  dts-history healthcheck --ready http://127.0.0.1:8470
  HEALTHCHECK CMD [\"/usr/local/bin/dts-history\", \"healthcheck\"]      in a Dockerfile";

pub(super) const COMPLETIONS: &str = "\
Examples:
  dts-history completions bash > ~/.local/share/bash-completion/completions/dts-history
  dts-history completions zsh > ~/.zfunc/_dts-history
  dts-history completions fish > ~/.config/fish/completions/dts-history.fish";

pub(super) const MAN: &str = "\
Examples:
  dts-history man | man -l -                           displays it
  dts-history man --output /usr/local/share/man/man1   one page per command";

pub(super) const SIMULATE: &str = "\
Examples:
  dts-history simulate                                 prints its address and test credentials
  dts-history simulate --listen 127.0.0.1:8080 --scenario cutover.toml";

pub(super) const FORGET: &str = "\
Examples:
  dts-history forget --job dtsi76118o3w92abcd --after 2026-01-02 --dry-run
  dts-history forget --job dtsi76118o3w92abcd --snapshot 17 --yes      17 and every later one
  dts-history forget --job dtsi76118o3w92abcd                          the whole job; asks first
The view pruned keeps a record of it.";
