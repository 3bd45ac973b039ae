//! 简体中文。

use super::catalog::Text;
use super::figures::{EtaText, FigureText, LabelText};
use super::headline::HeadlineText;
use super::sections::{ChartText, FailureText, ProvenanceText, SectionText, SqlText, TableText};
use super::verdict::VerdictText;
use crate::report::number::integer;

pub(super) const TEXT: Text = Text {
    tag: "zh-Hans",
    figure: FIGURE,
    labels: LABELS,
    verdict: VERDICT,
    headline: HEADLINE,
    eta: ETA,
    cutover: super::cutover::ZH,
    section: SECTION,
    failure: FAILURE,
    cause: super::cause::ZH,
    insight: super::insight::ZH,
    time_lost: super::time_lost::ZH,
    repair: super::repair::ZH,
    table: TABLE,
    quality: super::quality::ZH,
    chart: CHART,
    provenance: PROVENANCE,
    sql: SQL,
    cli: super::cli::ZH,
    comparison: super::comparison::ZH,
    wait: super::wait::ZH,
    overview: super::service::OVERVIEW_ZH,
    notification: super::service::NOTIFICATION_ZH,
};

const FIGURE: FigureText = FigureText {
    unknown: "未知",
    not_yet: "尚未",
    percent: |digits| format!("{digits}%"),
    rate: |digits| format!("{digits} 行/秒"),
    rows: |digits| format!("{digits} 行"),
    seconds: |s| format!("{s} 秒"),
    minutes: |m, s| if s == 0 { format!("{m} 分钟") } else { format!("{m} 分 {s} 秒") },
    hours: |h, m| if m == 0 { format!("{h} 小时") } else { format!("{h} 小时 {m} 分") },
    days: |d, h| if h == 0 { format!("{d} 天") } else { format!("{d} 天 {h} 小时") },
    between_seconds: |a, b| format!("{a} 至 {b} 秒"),
    to_seconds: |a, b| format!("{a}–{b} 秒"),
    between: |a, b| format!("{a} 至 {b} 之间"),
    at_least: |a| format!("至少 {a}"),
    about: |a| format!("约 {a}"),
    before_recording: |seen| format!("开始记录之前（首次看到：{seen}）"),
    not_by: |at| format!("尚未（截至 {at}）"),
    zone: |zone, offset| format!("{zone}（{offset}）"),
    labelled: |label, value| format!("{label}：{value}"),
    comma: "，",
    space: "",
};

const LABELS: LabelText = LabelText {
    not_started: "未开始",
    migrating: "迁移中",
    failed: "失败",
    finished: "已完成",
    no_status: "无状态",
    other: "其他状态",
    first_seen: "首次看到",
    unlisted: "不再列出",
    phases: ["结构初始化", "约束", "全量数据初始化", "增量同步"],
    object_type: |word| match word {
        "Table" => "表",
        "View" => "视图",
        "Materialize View" | "Materialized View" => "物化视图",
        "Constraint" => "约束",
        "Index" => "索引",
        "Function" => "函数",
        "Procedure" => "存储过程",
        "Trigger" => "触发器",
        "Sequence" => "序列",
        "Synonym" => "同义词",
        "Type" => "类型",
        "Domain" => "域",
        "Rule" => "规则",
        "Aggregate" => "聚合函数",
        "Extension" => "扩展",
        "Schema" => "模式",
        "Database" => "数据库",
        "Package" => "程序包",
        "Event" => "事件",
        other => other,
    },
};

const VERDICT: VerdictText = VerdictText {
    finished: "已完成",
    finished_with_failures: "已结束，但有失败",
    failed: "失败",
    in_progress: "进行中",
    empty: "没有可报告的内容",
    means_finished: |all, tables| {
        format!(
            "{} 个对象全部完成，其中 {} 张表含全量数据。没有未解决的失败。",
            integer(all),
            integer(tables)
        )
    },
    means_finished_with_failures: |failed, all| {
        format!("{} 个对象中有 {} 个失败，其余均已完成，初始化已结束。", integer(all), integer(failed))
    },
    means_failed: |failed, waiting, all| match waiting {
        0 => format!("{} 个对象中有 {} 个失败，且没有任务在运行。", integer(all), integer(failed)),
        _ => format!(
            "{} 个对象中有 {} 个失败，{} 个在等待，且没有任务在运行。",
            integer(all),
            integer(failed),
            integer(waiting)
        ),
    },
    means_in_progress: |finished, moving, all| {
        format!("{} 个对象中已完成 {} 个，{} 个正在处理。", integer(all), integer(finished), integer(moving))
    },
    failed_so_far: |failed| format!("目前有 {} 个失败。", integer(failed)),
    means_empty: "快照完整，但没有列出任何初始化对象。",
    means_gone: "该任务已不再列出这些对象，而最后一次看到时它们尚未全部完成。",
    means_unrecorded: "这段时间内没有该任务的完整快照。",
    means_failing: |count, error| {
        format!("这段时间内没有该任务的完整快照；有 {} 次采集失败，最后一次的原因：{error}", integer(count))
    },
    next: "下一步",
    next_compare: "切换业务之前，请在两端核对行数并抽样比对数据：这里的数字都是 DTS 自己报告的。",
    next_repair: "逐条处理下面的失败：先消除报错所指的原因，再在目标库执行该语句，或在 DTS 控制台重试任务。",
    next_record: "处理后请再次采集。DTS 返回其他状态后，该失败即视为已解决。",
    next_waiting: |waiting| format!("在此之前，等待中的 {} 个对象不会开始。", integer(waiting)),
    next_watch: "目前无需处理。请继续采集：快照越多，预测和时间就越准确。",
    next_other: |count| format!("有 {} 个对象没有状态，或状态未知，请到 DTS 控制台查看。", integer(count)),
    next_failing: "请消除报错所指的原因。“dts-history check”会逐项检查采集所需的一切，并给出处理办法。",
    next_window: "请用 --from 和 --to 选择其他时间，或不加这两个参数。",
    next_empty: "请检查任务 ID 和地域是否正确、初始化是否已经开始，然后用“dts-history collect”采集一次快照。",
    as_of: |at| format!("截至 {at}"),
    as_of_never: "尚无完整快照",
    window: |from, to| format!("状态变化、速率和重试的统计时段：{from} – {to}；其余数据截至该时段结束。"),
    recording_start: "记录开始",
    recording_end: "记录结束",
};

const HEADLINE: HeadlineText = HeadlineText {
    tables: "表",
    tables_finished: |done, all| format!("已完成 {} / {}", integer(done), integer(all)),
    rows: "已复制行数",
    rows_estimated: |total, percent| format!("有预估的表：{total} 的 {percent}"),
    rows_no_estimate: "没有预估总行数",
    rows_left_out: |count| format!("另有 {} 张表没有预估或行数", integer(count)),
    duration: "用时",
    from_to: |from, to| format!("开始：{from}；结束：{to}"),
    throughput: "吞吐量",
    throughput_active: |time| format!("按行数有增长的 {time}计算"),
    throughput_none: "没有看到行数增长",
    failures: "未解决的失败",
    failures_of: [
        |count| format!("DDL 语句 {} 条", integer(count)),
        |count| format!("约束 {} 个", integer(count)),
        |count| format!("表 {} 张", integer(count)),
        |count| format!("增量同步 {} 个", integer(count)),
    ],
    failures_none: "这段时间内没有失败",
    failures_none_open: "没有未解决的失败。",
    failures_resolved: |count| format!("另有 {} 个已解决", integer(count)),
    forecast: "预计结束",
    forecast_note: |share| format!("在模拟迁移中，{share} 的实际结束时间落在此类区间内"),
    progress_rows: "行数（相对于预估）",
    progress_tables: "已完成的表",
    progress_objects: "已完成的结构对象和约束",
    progress: "进度",
    of: |done, all| format!("{done} / {all}"),
};

const ETA: EtaText = EtaText {
    likely: |likely, range| format!("大约 {likely}，{range}"),
    likely_cell: |likely, range| format!("{likely}（{range}）"),
    not_before: |range| format!("最早{range}"),
    left_out: |count| format!("{} 张没有预估的表未计入", integer(count)),
    done: "已完成",
    not_yet: "暂无：数据太少",
    due: "随时可能完成",
    stalled: |since| format!("无：自 {since} 起没有增长"),
    failed: "无：已失败",
    unknown: "无：没有预估总行数",
};

const SECTION: SectionText = SectionText {
    report: "迁移报告",
    contents: "目录",
    failures: "失败",
    failed_objects: "失败的 DDL 语句",
    failed_constraints: "失败的约束",
    failed_tables: "失败的表",
    failed_sync: "失败的增量同步",
    resolved: "已解决的失败",
    progress_note: "行、表、对象分别计算。行数以当时 DTS 的预估为准，因此表重新开始或预估增大时曲线会下降。",
    throughput: "吞吐量",
    throughput_note: "整个任务每秒复制的行数。",
    throughput_empty: "任意两次快照之间都没有看到行数增长，因此没有速率可画。",
    timeline: "各表时间线",
    timeline_note: |shown, all| {
        if shown == all {
            format!("共 {} 张表，按开始的先后排列。", integer(shown))
        } else {
            format!(
                "{} 张表中看到起止时间且用时最长的 {} 张，按开始的先后排列。",
                integer(all),
                integer(shown)
            )
        }
    },
    timeline_empty: "没有看到任何表开始或结束，因此没有时间线可画。",
    tables: "各表明细",
    tables_all: |all| format!("共 {} 张表，用时最长的在前。", integer(all)),
    tables_some: |shown, all| format!("{} 张表中用时最长和行数最多的 {} 张。", integer(all), integer(shown)),
    tables_longest: |shown, all| format!("{} 张表中用时最长的 {} 张。", integer(all), integer(shown)),
    times_on: |day| format!("时间均在 {day}。"),
    tables_empty: "该任务没有列出含全量数据的表。",
    attempts: "多次尝试",
    attempts_note: "已完成行数下降表示重新开始，算作下一次尝试；速率不会跨越两次尝试。状态不变且下降不超过二十分之一的，视为计数修正；若两次采样之间的时间足以重新复制这些行，则视为重新开始。两者均不确定，并予以标注。重做行数：下限为缺少的行数，上限为上一次尝试按最快速率继续到被发现时的行数。",
    transitions: "状态变化",
    transitions_note: |shown, left_out| match left_out {
        0 => format!("共 {} 次变化，最新的在前。", integer(shown)),
        _ => format!(
            "共 {} 次变化，最新的在前。另有 {} 个对象首次看到时尚未开始，未列出。",
            integer(shown),
            integer(left_out)
        ),
    },
    transitions_empty: "这段时间内没有看到状态变化。",
    more: |count| format!("……还有 {} 条。", integer(count)),
    more_in: |view| format!("全部内容见数据库视图“{view}”。"),
    provenance: "数据依据",
    sql: "用 SQL 查询同样的数据",
    sql_note: "任何 SQLite 客户端都可以打开该数据库，采集运行时也可以。下面的语句可得到本报告的数据；其中的时间为 UTC。",
    watching: |now, every| format!("{now} · 每 {every} 刷新 · 按 Ctrl-C 结束"),
    made_by: |version| format!("由 {version} 生成"),
};

const FAILURE: FailureText = FailureText {
    databases: "源库 → 目标库",
    parent: "所属表",
    failed: "失败时间",
    last_seen: "最后一次看到失败",
    resolved: "不晚于此时解决",
    error: "错误信息",
    no_error: "DTS 未返回错误信息。",
    definition: "定义",
    no_definition: "DTS 未返回定义。",
    copy: "复制",
    copied: "已复制",
    link: "此失败的链接",
    unlisted: "该任务已不再列出此对象。",
    nameless: "（无名称）",
};

const TABLE: TableText = TableText {
    table: "表",
    database: "数据库",
    object: "对象",
    phase: "阶段",
    status: "状态",
    from: "原状态",
    to: "新状态",
    when: "时间",
    error: "错误信息",
    rows: "行数",
    total: "预估总行数",
    percent: "完成度",
    rate: "平均行/秒",
    peak: "峰值行/秒",
    started: "开始",
    ended: "结束",
    duration: "用时",
    eta: "预计结束",
    attempt: "尝试",
    first_rows: "开始时行数",
    last_rows: "结束时行数",
    search: "按名称搜索",
    all: "全部",
    previous: "上一页",
    next: "下一页",
    showing: "第 {from}–{to} 张，符合条件 {of} 张（共 {all} 张）",
    nothing: "没有符合条件的表。",
    sort: "排序",
};

const CHART: ChartText = ChartText {
    rows_per_second: "行/秒",
    tables_at_once: "同时进行的表数",
    throughput_desc: |peak, from, to| format!("{from} 至 {to} 每秒复制的行数，最高为 {peak}。"),
    concurrency: "同时复制的表数",
    concurrency_desc: |most, from, to| format!("{from} 至 {to} 同时复制的表数，最多为 {}。", integer(most)),
    level: |time, tables| format!("{time}：同时 {tables} 张表"),
    progress_desc: |from, to| format!("{from} 至 {to} 行、表、对象各自完成的百分比。"),
    bucket: |time, rate, tables| format!("{time}：{rate}，{} 张表", integer(tables)),
    gap: |time| format!("没有快照：{time}"),
    timeline_desc: |tables, from, to| format!("{from} 至 {to}，{} 张表的开始和结束时间。", integer(tables)),
    span: |table, status, time| format!("{table}：{status}，{time}"),
    uncertain: |table, time| format!("{table}：状态变化发生在 {time}"),
    legend_certain: "看到正在迁移",
    legend_uncertain: "状态在此期间变化（两次采样之间）",
    legend_failed: "看到失败",
    legend_finished: "已完成",
    legend_running: "仍在迁移",
    legend_gap: "没有快照",
};

const PROVENANCE: ProvenanceText = ProvenanceText {
    snapshots: "完整快照",
    snapshots_value: |count, from, to| format!("{} 次，{from} 至 {to}", integer(count)),
    snapshots_none: "无",
    changes: "记录的变化",
    interval: "采集间隔（中位数）",
    interval_none: "快照少于两次，未知",
    sweep: "最长的一次快照（首个请求到最后一个响应）",
    failed_sweeps: "失败的快照",
    gaps: "记录中断",
    none: "无",
    failed_sweep: |at, error| format!("{at}：{error}"),
    gap: |from, to, long| format!("{from} 至 {to}（{long}）"),
    set_back: "时钟被调回",
    set_back_value: |from, to| format!("从 {from} 调回到 {to}"),
    pruned: "已从历史中清理",
    thinned: |rows, until, bucket| {
        format!(
            "{until} 之前已完成的表的 {rows} 条变化记录，每 {bucket} 只保留一条：这段时间的速率、峰值、图表和预测以更长的间隔计算；状态、失败、行数和时长仍然精确。"
        )
    },
    failed_gone: |count| format!("{} 次失败的快照", integer(count)),
    rules: "如何理解这些数字",
    reading: [
        "时间只能确定到两次采样之间。“A 至 B 之间”表示：在 A 时尚未发生，在 B 时已经发生。",
        "速率等于已完成行数的精确差值除以两次采样之间的精确时间。平均速率只计入行数有增长的时间。图中跨越多个柱的速率按时间分摊。",
        "预估总行数在复制开始前取自源库，可能不准，因此百分比可能超过 100；只有状态为“已完成”时才显示 100%。",
        "两次采样之间的状态不会凭空推测：对象的实际变化次数可能多于此处所列。",
        "未返回或未采集到的数字显示为短横线或“未知”，不会显示为零。",
    ],
};

const SQL: SqlText = SqlText {
    failures: "所有失败，未解决的在前",
    tables: "每张表的当前状态",
    throughput: "每张表在两次采样之间的每秒行数",
    transitions: "状态变化，最新的在前",
    snapshots: "快照，以及失败的原因",
};
