"""Figures of places: the layers of the map.

Here belong the rows behind these layers, their controls and their words; drawing is for ``maps``.
"""

from __future__ import annotations

import pandas as pd

from stevo_dagster.reports import maps, wording
from stevo_dagster.reports.figure import WHERE, Control, Figure, row_links
from stevo_dagster.reports.inputs import ReportInputs
from stevo_dagster.reports.language import Say

TOP_CELLS = 25
# More classes than colours can't be told apart; the rarest are drawn as one.
MAX_CLASSES = 8
NO_PATTERN = "none"


def density_figures(inputs: ReportInputs) -> list[Figure]:
    """Hexagons of the density of events, by week."""
    groups, say = inputs.activity_cells, inputs.say
    if not len(groups):
        return []
    cells = maps.map_cells(groups)
    whole = cells[cells["period"] == maps.EVERY]
    top = whole.nlargest(TOP_CELLS, "density")
    table = pd.DataFrame(
        {
            say("H3 cell"): top["cell"],
            say("Events"): top["events"].map(wording.compact),
            say("People, at least"): top["users"].map(wording.compact),
            say("Events a km² and week"): top["density"].map("{:,.3g}".format),
        }
    )
    return [
        Figure(
            "map",
            WHERE,
            say("Where things happen"),
            _density_lead(whole, inputs),
            say("Map of hexagons shaded by events per square kilometre and week; the {n} densest "
                "are in the table.", n=len(top)),
            maps.density_map(cells, say),
            table,
            layer=say("Density"),
            controls=(_periods(groups, say),),
        )
    ]  # fmt: skip


def _density_lead(whole: pd.DataFrame, inputs: ReportInputs) -> str:
    """How many hexagons there are and who is in them."""
    say = inputs.say
    words = [
        say(
            "{n} hexagons hold {events} events, each with at least {k} people in every period. "
            "Cells with fewer people are pooled into larger hexagons beneath, or left out.",
            n=f"{len(whole):,}", events=wording.compact(float(whole["events"].sum())), k=inputs.k,
        )
    ]  # fmt: skip
    outside = len(whole) - len(maps.in_frame(whole))
    if outside:
        words.append(say("{n} far hexagons lie outside the frame.", n=f"{outside:,}"))
    return " ".join(words)


def _periods(groups: pd.DataFrame, say: Say) -> Control:
    """The slider: the whole time first, then one period after the other."""
    periods = groups.drop_duplicates("first_day").sort_values("first_day")
    ends = periods["first_day"] + pd.to_timedelta(periods["days"] - 1, unit="D")
    named = [
        (f"{first:%Y-%m-%d}", say("{first} to {last}", first=f"{first:%Y-%m-%d}",
                                  last=f"{last:%Y-%m-%d}"))
        for first, last in zip(periods["first_day"], ends, strict=True)
    ]  # fmt: skip
    choices = ((maps.EVERY, say("all the time")), *named)
    return Control(maps.PERIOD, say("Time"), choices, kind="range")


def hot_spot_figures(inputs: ReportInputs) -> list[Figure]:
    """Emerging hot and cold spots, by event type."""
    say, spots = inputs.say, inputs.hot_spots
    spots = spots[spots["class"] != NO_PATTERN]
    if not len(spots):
        return []
    spots = spots.sort_values(["q_value", "event_type", "cell"])
    kinds = list(spots.groupby("event_type")["n_events"].sum().nlargest(20).index)
    supported = spots["q_value"] < wording.SUPPORTED
    shown = pd.DataFrame(
        {
            "cell": spots["cell"],
            "event_type": spots["event_type"],
            "class": _classes(spots["class"], say),
            "events": spots["n_events"],
            "trend": spots["trend"],
            "q": spots["q_value"],
            "supported": supported,
        }
    )
    listed = pd.concat([spots[supported], spots[~supported].nlargest(TOP_CELLS, "n_events")])
    links = dict(zip(listed.index, row_links("hot-spots", listed), strict=True))
    shown["row"] = [links.get(place) for place in shown.index]
    lead = say(
        "Where events crowd (hot) or are rare (cold) against the rest of the city, and how that "
        "moves. {n} changes are supported (q < 0.05); they are outlined. The other classes "
        "describe, they claim nothing.",
        n=f"{int(supported.sum()):,}",
    )
    return [
        Figure(
            "hot-spots",
            WHERE,
            say("Places that wake up or fade"),
            lead,
            say("Map of hexagons coloured by the class of emerging hot or cold spot."),
            maps.class_map(shown, kinds[0], say),
            _spot_table(listed, say),
            layer=say("Hot spots"),
            controls=(
                Control(
                    maps.KIND,
                    say("Kind of event"),
                    tuple((kind, say.name(kind)) for kind in kinds),
                ),
            ),
        )
    ]


def flow_figures(inputs: ReportInputs) -> list[Figure]:
    """Moves between cells, by week."""
    say, flows = inputs.say, inputs.flows
    edges = flows[(flows["kind"] == "edge") & (flows["cell"] != flows["to_cell"])]
    if not len(edges):
        return []
    ways = maps.strongest_ways(edges)
    whole = ways[ways["period"] == maps.EVERY]
    top = whole.head(TOP_CELLS)
    table = pd.DataFrame(
        {
            say("From cell"): top["cell"],
            say("To cell"): top["to_cell"],
            say("Moves"): top["moves"].map(wording.compact),
            say("People, at least"): top["users"].map(wording.compact),
        }
    )
    lead = say(
        "{n} ways between places that at least {k} people take in a week; the wider, the more "
        "moves. Of each week the {most} strongest are drawn.",
        n=f"{len(edges.drop_duplicates(['cell', 'to_cell'])):,}", k=inputs.k, most=maps.MAX_WAYS,
    )  # fmt: skip
    weeks = edges.assign(first_day=edges["week"], days=7)
    return [
        Figure(
            "flows",
            WHERE,
            say("From place to place"),
            lead,
            say("Map of lines between hexagons, as wide as there are moves."),
            maps.flow_map(ways, say),
            table,
            layer=say("Flows"),
            controls=(_periods(weeks, say),),
        )
    ]


def _classes(classes: pd.Series, say: Say) -> list[str]:
    """Classes in words, the rarest as one where there are too many to tell apart."""
    counts = classes.value_counts()
    kept = set(counts.index if len(counts) <= MAX_CLASSES else counts.index[: MAX_CLASSES - 1])
    return [say.name(one) if one in kept else say("other patterns") for one in classes]


def _spot_table(spots: pd.DataFrame, say: Say) -> pd.DataFrame:
    """The spots in words: every supported change, and the busiest of the others."""
    return pd.DataFrame(
        {
            say("H3 cell"): spots["cell"],
            say("Kind of event"): spots["event_type"].map(say.name),
            say("Class"): spots["class"].map(say.name),
            say("Kendall's tau"): spots["trend"].map("{:+.2f}".format),
            "q": spots["q_value"].map(wording.p_text),
            say("Events"): spots["n_events"],
            say("People"): spots["n_people"],
        }
    )
