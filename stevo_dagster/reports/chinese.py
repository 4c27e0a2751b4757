"""The report in Chinese: sentences by their English, and what data call things.

Here belong translations alone. Fields in braces are filled in by ``language``.
"""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "weekday": "星期",
    "From cell": "出发网格",
    "To cell": "到达网格",
    "Moves": "移动次数",
    "moves": "移动次数",
    "From place to place": "从一地到另一地",
    "Map of lines between hexagons, as wide as there are moves.": (
        "六边形之间连线的地图，线宽表示移动次数。"
    ),
    "Flows": "流动",
    (
        "{n} ways between places that at least {k} people take in a week; the wider, the "
        "more moves. Of each week the {most} strongest are drawn."
    ): (
        "一周内至少有 {k} 人走过的 {n} 条地点间路线；越宽表示移动越多。每周只画出最强的 {most} 条。"
    ),
    "Language": "语言",
    "Release {id}: only groups of at least {k} different people are shown.": (
        "发布版 {id}：只显示至少有 {k} 个不同的人的组。"
    ),
    "Nothing of this may be shown: choose more days, kinds of event or places.": (
        "所选内容均不可显示：请选择更多的日期、事件类型或地点。"
    ),
    "all kinds": "所有类型",
    "Region": "区域",
    "cell {cell}: {n} events": "网格 {cell}：{n} 个事件",
    "Segment of the model's questions": "模型问题的分组",
    "all questions": "所有问题",
    "Days": "日期范围",
    "hour": "小时",
    "event type": "事件类型",
    "Local hour": "当地时间（时）",
    "training": "训练",
    "validation": "验证",
    "value": "数值",
    "at least": "下限",
    "at most": "上限",
    "model": "模型",
    "Events a day": "每日事件数",
    "best": "最佳",
    "day": "日期",
    "events": "事件",
    "holiday": "节假日",
    "Epoch": "轮次",
    "Loss": "损失",
    "curve": "曲线",
    "epoch": "轮次",
    "loss": "损失",
    "Experiment": "实验",
    "first": "前者",
    "second": "后者",
    "Pearson's r": "皮尔逊相关系数 r",
    "Hours from the first to the second": "从前者到后者的小时数",
    "Correlation": "相关系数",
    "pair": "配对",
    "hours": "小时",
    "correlation": "相关系数",
    "Kilometres farther out": "更远的公里数",
    "kilometres": "公里",
    "Share that repeats": "重复的比例",
    "subject": "对象",
    "cycle": "周期",
    "share": "比例",
    "busiest": "最繁忙",
    "expected": "预期",
    "Events": "事件数",
    "Share of its day": "占全天的比例",
    "Layer of the map": "地图图层",
    "Each row adds up to 100%. Peaks: {peaks}.": "每行合计为 100%。高峰：{peaks}。",
    (
        "How much of the variation within a day or a week comes again in the next. {n} of "
        "{all} cycles are supported (q < 0.05); the others are pale."
    ): (
        "一天或一周之内的变化有多少在下一天或下一周重现。{all} 个周期中有 {n} 个得到支持（q "
        "< 0.05），其余以浅色表示。"
    ),
    "Hours are pooled by up to {n}, so that no group is too small.": (
        "小时最多按 {n} 个合并，使任何一组都不至于太小。"
    ),
    "{events} at {hour}:00": "{events}在 {hour}:00",
    "Day": "日期",
    "Weekday": "星期",
    "Holiday": "节假日",
    "{n} days, {first} to {last}.": "共 {n} 天，{first} 至 {last}。",
    "The usual week": "平常的一周",
    "Heat map of the number of events by weekday and local hour.": (
        "按星期和当地时间统计事件数的热图。"
    ),
    "Each kind of event has its own day": "每类事件各有一天中的节奏",
    "Heat map of the share of each event type's events by local hour.": (
        "各类事件按当地时间占比的热图。"
    ),
    "Day by day": "逐日情况",
    "Calendar heat map of events a day, weeks from left to right, weekdays from top down.": (
        "每日事件数的日历热图，从左到右为各周，从上到下为星期。"
    ),
    "Holidays are outlined.": "节假日带有边框。",
    "No holiday among them.": "其中没有节假日。",
    "{n} days with fewer than {k} people are left out.": "略去了不足 {k} 人的 {n} 天。",
    "Subject": "对象",
    "Cycle": "周期",
    "Busiest": "最繁忙",
    "STL strength": "STL 强度",
    "Cycles": "周期数",
    "What repeats": "什么在重复",
    "Points of the share of variation that repeats, one a subject and cycle.": (
        "变化中重复比例的散点图，每个对象和周期一个点。"
    ),
    "from day to day": "逐日",
    "from week to week": "逐周",
    (
        "The dashed line is expected, the band should hold the day nine times in ten; it "
        "held {held} of the days of earlier weeks on average. The mean error there (MASE) "
        "was {mase}; repeating the week before had {naive}."
    ): (
        "虚线为预期值，区间带应在十次中有九次包含当日的数值；在以前各周中平均包含了 {held} 的"
        "日子。那里的平均误差（MASE）为 {mase}，而照搬前一周的误差为 {naive}。"
    ),
    "The week to come": "未来一周",
    "Line of events a day and, after it, the expected days with a band of 90%.": (
        "每日事件数的折线，其后为带 90% 区间的预期值。"
    ),
    "all places": "所有地点",
    "cell {cell}": "网格 {cell}",
    "category {name}": "类别“{name}”",
    "Kind of event": "事件类型",
    "Where": "地点",
    "Method": "方法",
    "Events in the week": "一周事件数",
    "Error (MASE)": "误差（MASE）",
    "Error of the week before": "照搬前一周的误差",
    "Held by the band": "区间包含率",
    "Weeks tested": "检验周数",
    "{metric}, {task}": "{metric}，{task}",
    "Bars of {metric} for the {task}, one a model, with 95% intervals over people.": (
        "“{task}”任务的{metric}条形图，每个模型一条，附按人计算的 95% 区间。"
    ),
    "Model": "模型",
    "Value (95% interval)": "数值（95% 区间）",
    "Published": "已发布",
    "Training loss": "训练损失",
    "Validation loss": "验证损失",
    "Training": "训练过程",
    ("{n} epochs; the checkpoint is the best on validation, epoch {best} with a loss of {loss}."): (
        "共 {n} 轮；所取检查点在验证集上最佳，即第 {best} 轮，损失为 {loss}。"
    ),
    "Lines of training and validation loss by epoch.": "各轮训练损失与验证损失的折线。",
    "yes": "是",
    (
        "Where events crowd (hot) or are rare (cold) against the rest of the city, and how "
        "that moves. {n} changes are supported (q < 0.05); they are outlined. The other "
        "classes describe, they claim nothing."
    ): (
        "与城市其他地方相比，事件在哪里密集（热点）或稀少（冷点），以及如何变动。有 {n} 处变"
        "化得到支持（q < 0.05），带有边框。其余类别只作描述，不作论断。"
    ),
    (
        "{n} hexagons hold {events} events, each with at least {k} people in every period. "
        "Cells with fewer people are pooled into larger hexagons beneath, or left out."
    ): (
        "{n} 个六边形包含 {events} 个事件，每个六边形在每个时段内至少有 {k} 人。人数不足的网"
        "格并入下层更大的六边形，或被略去。"
    ),
    "Time": "时间",
    "H3 cell": "H3 网格",
    "People, at least": "至少人数",
    "Events a km² and week": "每平方公里每周事件数",
    "Where things happen": "事情发生在哪里",
    (
        "Map of hexagons shaded by events per square kilometre and week; the {n} densest are "
        "in the table."
    ): ("按每平方公里每周事件数着色的六边形地图；最密集的 {n} 个列于表中。"),
    "{n} far hexagons lie outside the frame.": "另有 {n} 个远处的六边形在图框之外。",
    "{first} to {last}": "{first} 至 {last}",
    "all the time": "全部时间",
    "Places that wake up or fade": "兴起与衰落的地点",
    "Map of hexagons coloured by the class of emerging hot or cold spot.": (
        "按新兴热点或冷点类别着色的六边形地图。"
    ),
    "other patterns": "其他形态",
    "Class": "类别",
    "Kendall's tau": "肯德尔 τ",
    "People": "人数",
    "Density": "密度",
    "Hot spots": "热点",
    (
        "Event types beyond their usual week. {n} of {all} pairs are supported (q < 0.05); "
        "these carry a number."
    ): ("剔除平常一周之后的各类事件。{all} 对中有 {n} 对得到支持（q < 0.05），标有数字。"),
    "To the right of zero the second follows the first, to the left it leads.": (
        "零点右侧为后者随前者之后，左侧为后者在前者之先。"
    ),
    (
        "Mean distance from the centre of activity in each hour, against the rest of the "
        "same day. Pale bars are not supported."
    ): ("各小时与活动中心的平均距离，和当天其余时间相比。浅色条未得到支持。"),
    "Dots are supported (q < 0.05).": "圆点表示得到支持（q < 0.05）。",
    "No lag is supported (q < 0.05).": "没有任何时滞得到支持（q < 0.05）。",
    "First": "前者",
    "Second": "后者",
    "In the same hour": "同一小时内",
    "Matrix of the correlations of event types in the same hour.": "同一小时内各类事件的相关矩阵。",
    "Pair": "配对",
    "Hours": "小时",
    "Before and after": "先后关系",
    (
        "Lines of the correlation of pairs of event types at lags from 48 hours before to 48 "
        "hours after."
    ): ("各对事件类型在前 48 小时至后 48 小时各时滞上的相关折线。"),
    "Farther out, closer in": "更远与更近",
    "Bars of how much farther from the centre events are in each local hour.": (
        "各小时事件离中心远多少的条形图。"
    ),
    "{name} events": "{name}事件",
    "under {n}": "低于 {n}",
    "{n} and more": "{n} 及以上",
    "class": "类别",
    "events a km² and week": "每平方公里每周事件数",
    "{title}, data as of {time}": "{title}，数据截至 {time}",
    (
        "Counts are compared after the usual week is taken out of each series. Chance levels "
        "come from turning one series round its axis, which keeps its own rhythm; q-values "
        "are Benjamini–Hochberg over all pairs and lags. A correlation is not a cause."
    ): (
        "先从每个序列中剔除平常一周，再比较计数。机遇水平由循环移动其中一个序列得到，从而保留"
        "其自身节奏；q 值为对所有配对和时滞的 Benjamini–Hochberg 校正。相关并非因果。"
    ),
    "Published: {source}.": "已发布：{source}。",
    "Not shown: no group has the {k} different people it takes.": (
        "未显示：没有任何一组达到所需的 {k} 个不同的人。"
    ),
    "The data have no coordinates, so the parts about places are left out.": (
        "数据没有坐标，因此略去有关地点的部分。"
    ),
    "Not shown: a forecast takes five weeks of a kind of event with at least two a day.": (
        "未显示：预测需要某类事件至少五周的数据，且每天至少两次。"
    ),
    (
        "Privacy: only groups of at least {k} different people are shown; smaller ones are "
        "pooled or left out. The page is made from the release's shared tables, holds no "
        "person's data and makes no network request."
    ): (
        "隐私：只显示至少有 {k} 个不同的人的组；更小的组被合并或略去。本页由发布版的共享表生"
        "成，不含任何个人的数据，也不发出网络请求。"
    ),
    "Made by stevo. The same numbers are tables in the release.": (
        "由 stevo 生成。同样的数字在发布版中以表的形式提供。"
    ),
    "In short": "概要",
    "When": "何时",
    "What goes with what": "什么与什么相关",
    "What comes next": "接下来会怎样",
    "How good the predictions are": "预测有多好",
    "Data quality": "数据质量",
    "Skip to the summary": "跳到概要",
    "Behaviour report": "行为报告",
    "Data as of": "数据截至",
    "Model source": "模型来源",
    "Model version": "模型版本",
    "simulated, nobody in it is real": "模拟的，其中没有真实的人",
    "Relations": "相关",
    "Next": "预测",
    "City": "城市",
    "No finding is supported by the data (all q ≥ 0.05).": (
        "没有任何发现得到数据支持（所有 q ≥ 0.05）。"
    ),
    (
        "Every model answers the same held-out events, later in time than all it was fitted "
        "on. Whiskers are 95% intervals over people."
    ): ("所有模型回答相同的留出事件，这些事件晚于拟合所用的一切数据。须线为按人计算的 95% 区间。"),
    "No evaluation came with this release.": "此发布版没有评估。",
    "Sections": "章节",
    "Show as a table": "以表格显示",
    "Strongest supported findings": "得到支持的最强发现",
    "What the model looks at": "模型看重什么",
    (
        "Effect: for pairs, more events of the second per more event of the first; for the "
        "calendar, the relative change; for distance, kilometres; for busy cells, the change "
        "of ln(events). The release also has Spearman's correlation for every pair."
    ): (
        "效应：对于配对，为前者每多一个事件时后者多出的事件数；对于日历，为相对变化；对于距离"
        "，为公里数；对于繁忙网格，为 ln(事件数) 的变化。发布版中还有每一对的斯皮尔曼相关系数"
        "。"
    ),
    (
        "What the mean reciprocal rank (MRR) loses when the values of a group of features "
        "are moved between questions: {n} questions of the validation split by {people} "
        "people. Where other features say the same, little is lost."
    ): (
        "当一组特征的取值在问题之间打乱时，平均倒数排名（MRR）损失多少：验证集中 {people} 人"
        "的 {n} 个问题。若其他特征提供相同信息，则损失很小。"
    ),
    (
        "How far the logarithm of the predicted place's share falls when the three earlier "
        "events that are cited most are taken out of the past, and when as many others are. "
        "A difference above zero says that what is cited bears the answer."
    ): (
        "从过去的记录中去掉被引用最多的三个较早事件时，预测地点份额的对数下降多少；去掉同样多"
        "的其他事件时又下降多少。差值大于零说明被引用的事件支撑着答案。"
    ),
    "people": "人",
    "days with data": "有数据的天数",
    "Supported relations (q < 0.05): {pairs} pairs from {tests} tests, the strongest {n}": (
        "得到支持的相关（q < 0.05）：{tests} 次检验中的 {pairs} 对，列出最强的 {n} 对"
    ),
    "Supported relations (q < 0.05): {pairs} pairs from {tests} tests": (
        "得到支持的相关（q < 0.05）：{tests} 次检验中的 {pairs} 对"
    ),
    "Places they had been to": "曾到过的地点",
    "Places new to them": "未到过的地点",
    "Right among ten (Acc@10), returns and discoveries": "前十命中率（Acc@10）：重访与新发现",
    "all sources": "所有来源",
    "Every input line is in exactly one column; the sums agree.": (
        "每一输入行恰好归入一列；合计一致。"
    ),
    "The columns do not add up to the lines: lines are unaccounted for.": (
        "各列之和与行数不符：有行未被计入。"
    ),
    "Removed by cleaning": "清洗去除的事件",
    "first answers right": "首个答案正确率",
    "None of {n} tested relations has q < 0.05.": "所检验的 {n} 个相关中没有 q < 0.05 的。",
    "Kind": "种类",
    "Lag (h)": "时滞（小时）",
    "Effect": "效应",
    "Features": "特征",
    "MRR as it is": "原有 MRR",
    "MRR lost when shuffled": "打乱后损失的 MRR",
    "Which features matter": "哪些特征重要",
    "Compared with": "对照",
    "Fall without cited": "去掉被引用事件的下降",
    "Fall without the others": "去掉其他事件的下降",
    "Difference (95% interval)": "差值（95% 区间）",
    "Do the cited events bear the answer?": "被引用的事件是否支撑答案？",
    "No file has been ingested.": "尚未摄入任何文件。",
    "Where every input line went": "每一输入行的去向",
    "Reason": "原因",
    "Events removed": "去除的事件数",
    "{claim} ({support}).": "{claim}（{support}）。",
    "{a} and {b} rise and fall in opposite directions, beyond the usual week": (
        "剔除平常一周之后，{a}与{b}此消彼长"
    ),
    "{second} fall {hours} after {first} rise": "{first}上升后 {hours}，{second}下降",
    "{a} are {size} lower on holidays": "节假日的{a}低 {size}",
    "at {a} people are in quieter cells than on the rest of the day": (
        "在 {a}，人们所处的网格比当天其余时间更安静"
    ),
    "The week is busiest on {day} from {first}:00 to {last}:00 local time.": (
        "一周中最繁忙的是{day}当地时间 {first}:00 至 {last}:00。"
    ),
    (
        "The published model, {model}, names the next place at the first try in {value} of "
        "cases; the best of the others, {other}, in {best}."
    ): (
        "已发布的模型（{model}）在 {value} 的情况下第一次就说对下一个地点；其余模型中最好的（"
        "{other}）为 {best}。"
    ),
    (
        "Of {lines} input lines {kept} ({share}) were accepted; {duplicate} were duplicates "
        "and {quarantined} are in quarantine, kept byte for byte."
    ): (
        "{lines} 行输入中有 {kept} 行（{share}）被接受；{duplicate} 行为重复，{quarantined} "
        "行在隔离区中逐字节保存。"
    ),
    "Monday": "星期一",
    "Tuesday": "星期二",
    "Wednesday": "星期三",
    "Thursday": "星期四",
    "Friday": "星期五",
    "Saturday": "星期六",
    "Sunday": "星期日",
    "Mon": "周一",
    "Tue": "周二",
    "Wed": "周三",
    "Thu": "周四",
    "Fri": "周五",
    "Sat": "周六",
    "Sun": "周日",
    "distance from the centre": "离中心的距离",
    "how busy the cell is": "网格的繁忙程度",
    "correlation {r}, q {q}, n = {n} days": "相关系数 {r}，q {q}，n = {n} 天",
    "correlation {r}, q {q}, n = {n} hours": "相关系数 {r}，q {q}，n = {n} 小时",
    "{a} and {b} rise and fall together, beyond the usual week": (
        "剔除平常一周之后，{a}与{b}同升同降"
    ),
    "1 hour": "1 小时",
    "{n} hours": "{n} 小时",
    "{second} rise {hours} after {first} rise": "{first}上升后 {hours}，{second}上升",
    "{a} are {size} lower at weekends": "周末的{a}低 {size}",
    "{a} are {size} higher on holidays": "节假日的{a}高 {size}",
    "{b} changes with the hour of the day": "{b}随一天中的时间变化",
    "at {a} people are {km} km closer in than on the rest of the day": (
        "在 {a}，人们比当天其余时间离中心近 {km} 公里"
    ),
    "at {a} people are in busier cells than on the rest of the day": (
        "在 {a}，人们所处的网格比当天其余时间更繁忙"
    ),
    (
        "{a} repeat from day to day, busiest at {peak} ({share} of the variation within days "
        "repeats, q {q}, n = {n} days)."
    ): ("{a}逐日重复，{peak} 最繁忙（一天之内的变化有 {share} 重复，q {q}，n = {n} 天）。"),
    (
        "{a} repeat from week to week, busiest on {peak} ({share} of the variation within "
        "weeks repeats, q {q}, n = {n} weeks)."
    ): ("{a}逐周重复，{peak}最繁忙（一周之内的变化有 {share} 重复，q {q}，n = {n} 周）。"),
    (
        "{a} around cell {cell} become more, against the rest of the city (Kendall's tau "
        "{tau}, q {q}, n = {n} periods)."
    ): ("与城市其他地方相比，网格 {cell} 周围的{a}增多（肯德尔 τ {tau}，q {q}，n = {n} 个时段）。"),
    (
        "{a} around cell {cell} become fewer, against the rest of the city (Kendall's tau "
        "{tau}, q {q}, n = {n} periods)."
    ): ("与城市其他地方相比，网格 {cell} 周围的{a}减少（肯德尔 τ {tau}，q {q}，n = {n} 个时段）。"),
    ("The published model, {model}, names the next place at the first try in {value} of cases."): (
        "已发布的模型（{model}）在 {value} 的情况下第一次就说对下一个地点。"
    ),
    "hour of the day": "一天中的时间",
    "{a} are {size} higher at weekends": "周末的{a}高 {size}",
    "at {a} people are {km} km farther out than on the rest of the day": (
        "在 {a}，人们比当天其余时间离中心远 {km} 公里"
    ),
}

NAMES: dict[str, str] = {
    "return": "重访",
    "discovery": "新发现",
    "click": "点击",
    "browse": "页面浏览",
    "search": "搜索",
    "cart": "加入购物车",
    "purchase": "购买",
    "review": "评论",
    "favourite": "收藏",
    "check_in": "签到",
    "st_transformer": "ST-Transformer",
    "ranker": "梯度提升排序模型",
    "ensemble": "ST-Transformer 与排序模型的集成",
    "user_knn": "用户 KNN",
    "item_knn": "物品 KNN",
    "lstm": "LSTM",
    "gru": "GRU",
    "st_lstm": "ST-LSTM",
    "sasrec": "SASRec",
    "bert4rec": "BERT4Rec",
    "popularity": "热门度",
    "recent_popularity": "近期热门度",
    "visit_counter": "访问计数",
    "markov": "马尔可夫",
    "blend": "混合基线",
    "st_transformer_marginal": "ST-Transformer（边际）",
    "seasonal_naive": "照搬前一周",
    "acc@1": "首个答案正确率（Acc@1）",
    "acc@10": "前十命中率（Acc@10）",
    "mrr": "平均倒数排名",
    "ndcg@10": "NDCG@10",
    "next_place": "下一个地点",
    "next_place_at_time": "已知时间的下一个地点",
    "next_event_type": "下一类事件",
    "wide": "地点与转移的计数",
    "pair": "问题与较早事件的共同点",
    "counts": "访问与转移的计数",
    "kernels": "多久以前、在哪些小时去过",
    "place": "还有谁、何时去那里",
    "category": "地点类别",
    "space": "距离",
    "nearby": "附近的地点",
    "question": "时间以及此人的生活方式",
    "random": "随机事件",
    "matched": "时间相近的事件",
    "none": "无形态",
    "new_hot": "新热点",
    "consecutive_hot": "连续热点",
    "intensifying_hot": "增强热点",
    "persistent_hot": "持续热点",
    "diminishing_hot": "减弱热点",
    "sporadic_hot": "零星热点",
    "oscillating_hot": "振荡热点",
    "historical_hot": "历史热点",
    "new_cold": "新冷点",
    "consecutive_cold": "连续冷点",
    "intensifying_cold": "增强冷点",
    "persistent_cold": "持续冷点",
    "diminishing_cold": "减弱冷点",
    "sporadic_cold": "零星冷点",
    "oscillating_cold": "振荡冷点",
    "historical_cold": "历史冷点",
    "pearson": "皮尔逊",
    "spearman": "斯皮尔曼",
    "lagged": "时滞",
    "calendar": "日历",
    "space_time": "时空",
    "weekend": "周末",
    "source": "来源",
    "files": "文件",
    "lines": "行数",
    "accepted": "接受",
    "late_accepted": "迟到接受",
    "duplicate": "重复",
    "conflict": "冲突",
    "quarantined": "隔离",
    "suppressed": "压制",
    "bot": "机器人",
    "impossible_move": "不可能的移动",
}
