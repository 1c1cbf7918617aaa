"""Call flows for people: what each row, each drawing and each section says, whatever the names and hosts are."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pulumi_chime_voice.origination import render
from pulumi_chime_voice.origination import routes as domain
from pulumi_chime_voice.origination.routes import Route, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token


def route(host: str, priority: int = 1, weight: int = 1, port: int = 5060, protocol: str = "TCP") -> Route:
    return Route(host=host, port=port, protocol=protocol, priority=priority, weight=weight)


def settings(*routes: Route, disabled: bool = False) -> Settings:
    return Settings(disabled, domain.keyed(routes))


LABEL = r'"((?:[^"\n#;`]|#\d+;)+)"'
LINES = {
    "source": re.compile(rf"  (c\d+)\(\[{LABEL}\]\)"),
    "none": re.compile(rf"  (c\d+) -\.- (c\d+none)\[{LABEL}\]"),
    "order": re.compile(r"  (c\w+) ~~~ (c\w+)"),
    "first": re.compile(r"  (c\d+) --> (c\d+p\d+)"),
    "next": re.compile(rf"  (c\d+p\d+) -\.->\|{LABEL}\| (c\d+p\d+)"),
    "subgraph": re.compile(rf"  subgraph (c\d+p\d+)\[{LABEL}\]"),
    "direction": re.compile(r"    direction (LR)"),
    "calls": re.compile(rf"    (c\d+p\d+)calls\(\[{LABEL}\]\)"),
    "share": re.compile(rf"    (c\d+p\d+)calls -->\|{LABEL}\| (c\d+p\d+h\d+)\[{LABEL}\]"),
    "drained": re.compile(rf"    (c\d+p\d+)calls --x\|{LABEL}\| (c\d+p\d+h\d+)\[{LABEL}\]"),
    "end": re.compile(r"  end"),
}
"""Every line of a flowchart except its head. Labels contain no quote, no line end, and a # only as an entity."""


def parsed(flowchart: str) -> list[tuple[str, tuple[str, ...]]]:
    """The kind of each line with its ids and its labels, decoded as Mermaid decodes them."""
    head, lines = flowchart.splitlines()[:4], flowchart.splitlines()[4:]
    assert head == ["---", "config: {layout: dagre, flowchart: {wrappingWidth: 3000}}", "---", "flowchart TB"]
    result = []
    for line in lines:
        ((kind, match),) = [(kind, match) for kind, pattern in LINES.items() if (match := pattern.fullmatch(line))]
        result.append((kind, tuple(decoded(group) for group in match.groups())))
    return result


def links(flowchart: str) -> set[tuple[str, str]]:
    """The ids at both ends of each link from top to bottom, whether it is visible or not."""
    return {
        (labels[0], labels[2 if kind == "next" else 1])
        for kind, labels in parsed(flowchart)
        if kind in {"none", "order", "first", "next"}
    }


def decoded(label: str) -> str:
    return re.sub(r"#(\d+);", lambda found: html.unescape(f"&#{found[1]};"), label)


class TestRows:
    def test_shares_and_the_way_out(self) -> None:
        """The hosts beside a host, then the next priority; nothing below the last host."""
        rows = render.rows(settings(route("a", weight=2), route("b"), route("c"), route("d", priority=5)))
        assert [(row.priority, row.share, row.endpoint, row.when_it_fails) for row in rows] == [
            (1, "50%", "a:5060/TCP", "the 2 others of priority 1, then priority 5"),
            (1, "25%", "b:5060/TCP", "the 2 others of priority 1, then priority 5"),
            (1, "25%", "c:5060/TCP", "the 2 others of priority 1, then priority 5"),
            (5, "100%", "d:5060/TCP", "nothing: no other host is left"),
        ]

    @pytest.mark.parametrize(
        ("routes", "way_out"),
        [
            ([route("a"), route("a", protocol="UDP")], "nothing: no other host is left"),
            ([route("a"), route("A.", port=5061)], "nothing: no other host is left"),
            ([route("a"), route("a", priority=2)], "nothing: no other host is left"),
            ([route("a"), route("a", priority=2), route("b", priority=3)], "priority 3"),
            ([route("2001:db8::1"), route("2001:DB8:0::1", port=5061)], "nothing: no other host is left"),
            ([route("a"), route("b")], "b:5060/TCP"),
            ([route("a"), route("b", priority=2)], "priority 2"),
        ],
    )
    def test_another_port_of_the_same_host_is_no_way_out(self, routes: Sequence[Route], way_out: str) -> None:
        """Hosts count, not endpoints: when a host is down, all of its ports are."""
        assert render.rows(settings(*routes))[0].when_it_fails == way_out

    def test_off_is_no_calls(self) -> None:
        """Routes that are kept while all is off get no calls, and nothing is tried."""
        (row,) = render.rows(settings(route("a"), disabled=True))
        assert (row.share, row.when_it_fails) == ("no calls", "")

    def test_one_endpoint_twice_in_a_priority_is_one_row(self) -> None:
        """With both weights, as calls see it."""
        rows = render.rows(settings(route("a", weight=1), route("a", weight=2), route("b", weight=1)))
        assert [(row.endpoint, row.share) for row in rows] == [("a:5060/TCP", "75%"), ("b:5060/TCP", "25%")]


FLOWS = st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=6).map(
    lambda routes: settings(
        *(
            Route(**route(f"h{index}", priority=priority), enabled=enabled)
            for index, (priority, enabled) in enumerate(routes)
        )
    )
)
"""Up to six hosts, of which some are drained, in up to five priorities."""


class TestFlowchart:
    def test_priority_by_priority(self) -> None:
        """Calls reach the first priority, each host its share, and the next priority when all of one fails."""
        flow = settings(route("a", weight=3), route("b"), route("2001:db8::1", priority=7, protocol="UDP"))
        assert parsed(render.flowchart([("support", flow)])) == [
            ("source", ("c1", "inbound calls of support")),
            ("subgraph", ("c1p1", "priority 1")),
            ("direction", ("LR",)),
            ("calls", ("c1p1", "calls")),
            ("share", ("c1p1", "75%", "c1p1h1", "a:5060/TCP")),
            ("share", ("c1p1", "25%", "c1p1h2", "b:5060/TCP")),
            ("end", ()),
            ("first", ("c1", "c1p1")),
            ("subgraph", ("c1p7", "priority 7")),
            ("direction", ("LR",)),
            ("calls", ("c1p7", "calls")),
            ("share", ("c1p7", "100%", "c1p7h1", "[2001:db8::1]:5060/UDP")),
            ("end", ()),
            ("next", ("c1p1", "when all of it fails", "c1p7")),
        ]

    def test_calls_pass_by_a_priority_without_hosts_that_take_them(self) -> None:
        """A priority with only drained hosts has its place in the order, and no visible link."""
        drained = Route(**route("b", priority=2), enabled=False)
        flow = settings(route("a"), drained, route("c", priority=3))
        outside = [line for line in parsed(render.flowchart([("x", flow)])) if line[0] in {"first", "next", "order"}]
        assert outside == [
            ("first", ("c1", "c1p1")),
            ("order", ("c1p1", "c1p2")),
            ("order", ("c1p2", "c1p3")),
            ("next", ("c1p1", "when all of it fails", "c1p3")),
        ]

    @given(st.lists(st.none() | FLOWS, max_size=4))
    def test_links_fix_what_is_above_what(self, flows: list[Settings | None]) -> None:
        """Each flow and each priority is linked from the one above it, because Mermaid does not document the order of others."""
        flowchart = render.flowchart((f"flow {index}", flow) for index, flow in enumerate(flows))
        from_top = [labels[0] for kind, labels in parsed(flowchart) if kind in {"source", "subgraph"}]
        expected = []
        for index, flow in enumerate(flows, 1):
            expected.append(f"c{index}")
            routes = flow.routes.values() if flow else ()
            expected += [f"c{index}p{priority}" for priority in sorted({route["priority"] for route in routes})]
        assert from_top == expected

        # A flow without priorities ends with a node below its source.
        ends = dict(labels[:2] for kind, labels in parsed(flowchart) if kind == "none")
        above = [ends.get(id_, id_) for id_ in from_top]
        assert set(zip(above, from_top[1:], strict=False)) <= links(flowchart)

    @given(FLOWS)
    def test_hosts_are_drawn_from_left_to_right(self, flow: Settings) -> None:
        """In a subgraph with its own direction, which a link from a node in it to another one would end."""
        flowchart = render.flowchart([("x", flow)])
        kinds = [kind for kind, _ in parsed(flowchart)]
        directions = [kinds[index + 1] for index, kind in enumerate(kinds) if kind == "subgraph"]
        inside = {labels[2] for kind, labels in parsed(flowchart) if kind in {"share", "drained"}}
        assert set(directions) <= {"direction"}
        assert len(inside) == len(flow.routes)
        assert not inside & {id_ for link in links(flowchart) for id_ in link}

    @pytest.mark.parametrize(
        ("flow", "label"),
        [
            (Settings(disabled=True), "off: no calls"),
            (settings(route("a"), disabled=True), "off: no calls"),
            (Settings(), "no routes: no calls"),
            (None, "unknown"),
        ],
    )
    def test_no_calls(self, flow: Settings | None, label: str) -> None:
        """Off, nothing configured, not known: one node with that label."""
        assert parsed(render.flowchart([("x", flow)]))[1] == ("none", ("c1", "c1none", label))

    @given(
        st.lists(st.tuples(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=20), max_size=5)), max_size=4)
    )
    def test_no_name_and_no_host_breaks_it(self, flows: list[tuple[str, list[str]]]) -> None:
        """Whatever a title or a host holds, each line stays what it is, and its label reads as the text did."""
        drawn = [(title, settings(*(route(host) for host in dict.fromkeys(hosts)))) for title, hosts in flows]
        lines = parsed(render.flowchart(drawn))
        titles = [labels[1].removeprefix("inbound calls of ") for kind, labels in lines if kind == "source"]
        hosts = sorted(labels[3] for kind, labels in lines if kind == "share")
        assert titles == [render.printable(title).strip() or "unnamed" for title, _ in drawn]
        assert hosts == sorted(
            render.printable(endpoint).strip()
            for _, flow in drawn
            for shares in domain.call_distribution(flow).values()
            for endpoint in shares
        )

    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ('"]; click c1in href', "#34;#93;#59; click c1in href"),
            ("lifestyle:#1", "life#115;tyle:#35;1"),
            ("classDef a", "#99;lassDef a"),
            ("1. support", "1#46; support"),
            ("203.0.113.7:5060/UDP", "203.0.113.7:5060/UDP"),
            ("- support", "#45; support"),
            ("www.example.net", "www#46;example.net"),
            ("http://example.net", "http#58;//example.net"),
            ("_a_ `b` *c*", "#95;a#95; #96;b#96; #42;c#42;"),
            ("Zürich 電話", "Zürich 電話"),
        ],
    )
    def test_what_mermaid_would_misread_is_an_entity(self, text: str, written: str) -> None:
        """Quotes and brackets; Markdown, which labels may hold; the words that its preprocessing looks for."""
        assert render.mermaid_text(text) == written


FACTS = {"voice_connector_id": "abcdef1ghij2klmno3pqr4", "region": "us-east-1", "disabled": False}


class TestReadme:
    def test_a_section_for_each(self) -> None:
        """Heading, where it is, a table and a drawing; Pulumi's own placeholders stay."""
        template = "# Calls\n${outputs.calls}\n$originations"
        text = render.readme(template, {"support": {**FACTS, "routes": [route("a"), route("b", priority=2)]}})
        head, _, picture = text.partition("```mermaid\n")
        assert head == (
            "# Calls\n${outputs.calls}\n"
            "## support\n\n"
            "Voice Connector abcdef1ghij2klmno3pqr4 (us-east-1), inbound calls on\n\n"
            "| priority | share | calls go to | when it fails |\n"
            "|---|---|---|---|\n"
            "| 1 | 100% | a:5060/TCP | priority 2 |\n"
            "| 2 | 100% | b:5060/TCP | nothing: no other host is left |\n\n"
        )
        drawing, _, rest = picture.partition("```")
        assert drawing == render.flowchart([("support", settings(route("a"), route("b", priority=2)))])
        assert rest == "\n"

    def test_off(self) -> None:
        """No table where there are no routes."""
        text = render.readme("$originations", {"x": {**FACTS, "disabled": True, "routes": []}})
        assert "inbound calls off: no calls" in text
        assert "|" not in text

    def test_none(self) -> None:
        """A stack without originations says so."""
        assert render.readme("$originations", {}) == "No originations are configured.\n"

    @given(st.text(max_size=30), st.text(min_size=1, max_size=20))
    def test_no_name_and_no_host_breaks_it(self, name: str, host: str) -> None:
        """To a Markdown parser the heading is the name, the table has one row, and its third cell is the endpoint."""
        text = render.readme("$originations", {name: {**FACTS, "routes": [route(host)]}})
        tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
        kinds = [token.type for token in tokens]
        heading = tokens[kinds.index("heading_open") + 1]
        cells = [tokens[index + 1] for index, kind in enumerate(kinds) if kind == "td_open"]

        assert plain(heading) == render.printable(name).strip()
        assert len(cells) == 4
        assert plain(cells[2]) == render.printable(domain.endpoint(route(host))).strip()
        assert [token.info for token in tokens if token.type == "fence"] == ["mermaid"]


def plain(inline: Token) -> str:
    """The text of a piece of Markdown that is nothing but text."""
    assert {child.type for child in inline.children or []} <= {"text"}
    return "".join(child.content for child in inline.children or [])
