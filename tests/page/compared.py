# SPDX-License-Identifier: GPL-2.0
"""compared.py PAGE CSV: is each figure of a page of compare that of its CSV?

The page shows fewer rows than the CSV has: those that it shows have to be there with all
their figures, and the total.  Tags have to be nested, and nothing may be asked for.
"""
import csv
import html.parser
import sys

VOID = {"meta"}
SIDES = ("before", "after")


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = []
        self.figure = self.lengths = None
        self.rows = {}
        self.counts = {}
        self.label = self.cells = None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        assert tag not in ("img", "link", "script", "iframe"), tag
        assert "src" not in attrs and "href" not in attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.figure = attrs.get("data-figure")
            self.lengths = attrs.get("data-lengths")
        elif tag == "tr":
            self.label, self.cells = "", []
        elif tag in ("td", "th"):
            self.cells.append([attrs, ""])

    def handle_startendtag(self, tag, attrs):
        assert tag in ("path", "circle"), tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1][1] += data

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"
        if tag != "tr" or self.open[-1] == "thead":
            return
        label = self.cells[0][1]
        if self.lengths is not None:
            self.counts.setdefault(self.lengths, []).append(
                [int(cell[1].replace(",", "")) for cell in self.cells[1:]])
            return
        figures = {attrs["data-key"]: attrs.get("data-value") for attrs, _ in self.cells
                   if "data-key" in attrs}
        interval = [attrs for attrs, _ in self.cells
                    if attrs.get("data-key") == "interval"][0]
        figures["low"], figures["high"] = interval["data-low"], interval["data-high"]
        self.rows[label, self.figure] = figures


def main():
    page = Page()
    with open(sys.argv[1], encoding="utf-8") as file:
        page.feed(file.read())
    assert not page.open
    with open(sys.argv[2], newline="", encoding="utf-8") as file:
        right = {}
        for row in csv.DictReader(file):
            label = row["reason"] if row["row"] == "group" else "all exits"
            right[label, row["figure"]] = row
    assert page.rows, "no rows"
    labels = {label for label, _ in page.rows}
    figures = {figure for _, figure in right}
    assert "all exits" in labels and len(figures) == 6
    for label in labels:
        for figure in figures:
            ours = page.rows[label, figure]
            for key in ("before", "after", "ratio", "low", "high", "change"):
                assert ours[key] == right[label, figure][key], (
                    label, figure, key, ours[key], right[label, figure][key])
    for label, counts in page.counts.items():
        assert label in labels
        print(label, *(sum(side) for side in zip(*counts)))


if __name__ == "__main__":
    main()
