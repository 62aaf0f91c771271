#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""figures.py PAGE REASONS.csv VCPUS.csv [KINDS.csv]: a page is well-formed, needs nothing from
elsewhere, and its figures are those of the same recording as CSV.

Python's own parsers read the page; what is compared comes from two runs of the
analyzer with other options.  Without kinds the page has to have no table of them.  Says what differs; status 1 if anything does.
"""
import csv
import html.parser
import json
import re
import sys

VOID = {'meta', 'br', 'link', 'input', 'img', 'hr'}


class Page(html.parser.HTMLParser):
    """The elements that are open, the tables, the data."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.errors, self.tables, self.table = [], [], {}, None
        self.data, self.ids = '', set()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if attrs.get('id') in self.ids:
            self.errors.append(f'id twice: {attrs["id"]}')
        if 'id' in attrs:
            self.ids.add(attrs['id'])
        for name in ('src', 'href', 'action', 'srcset', 'data'):
            if name in attrs:
                self.errors.append(f'{tag} refers to {attrs[name]}')
        if any(name.startswith('on') for name in attrs):
            self.errors.append(f'{tag} has a handler')
        if tag == 'table':
            self.table = self.tables.setdefault(attrs['id'], [])
        elif tag == 'tr':
            self.table.append([])
        elif tag in ('td', 'th'):
            self.table[-1].append('')
        if tag not in VOID:
            self.open.append((tag, attrs))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            self.errors.append(f'</{tag}> ends {self.open[-1:]}')
        else:
            self.open.pop()

    def handle_data(self, data):
        tag, attrs = self.open[-1] if self.open else ('', {})
        if tag in ('td', 'th'):
            self.table[-1][-1] += data
        elif tag == 'script' and attrs.get('id') == 'data':
            self.data += data
        elif tag == 'style' and re.search(r'@import|url\(', data):
            self.errors.append('the style refers to something')


def rows_of(path):
    with open(path, newline='', encoding='utf-8') as f:
        return [row for row in csv.DictReader(f) if row['row'] in ('group', 'total')]


def length_of(row):
    """What KVM spent, in the unit of the recording."""
    return int(row.get('cycles') or row['ns'])


def compare(errors, what, found, expected):
    if found != expected:
        errors.append(f'{what}: the page has {found}, expected {expected}')


def sums(cells, pick):
    total = {}
    for cell in cells:
        exits, length, longest = total.get(cell[pick], (0, 0, 0))
        values = cell[3]
        total[cell[pick]] = (exits + sum(values[1::7]), length + sum(values[2::7]),
                             max([longest] + values[3::7]))
    return total


def check_axis(errors, data, pick, kind, rows):
    names = data[kind]
    total = sums(data['cells'], pick)
    groups = [row for row in rows if row['row'] == 'group']
    for i, row in enumerate(groups[:len(names)]):
        if names[i] == 'all others':
            break
        unit = 'cycles' if 'cycles' in row else 'ns'
        exits, length, longest = total.get(i, (0, 0, 0))
        name = names[i]
        if kind != 'vcpus':
            compare(errors, kind, name, row[kind[:-1]])
        else:
            compare(errors, 'vcpu', f"vcpu {row['vcpu']} " in name + ' ', True)
            compare(errors, 'thread',
                    f"thread {row.get('thread', '')}".strip() in name or
                    'thread' not in row, True)
        compare(errors, f'{name}: exits', exits, int(row['exits']))
        compare(errors, f'{name}: length', length, length_of(row))
        compare(errors, f'{name}: max', longest, int(row[f'max_{unit}'] or 0))
        heat = data['heat'][kind][i]
        timed = int(row.get('timed') or row['exits'])
        compare(errors, f'{name}: exits in the heat map', sum(heat[2::3]), timed)
    everything = [row for row in rows if row['row'] == 'total'][0]
    compare(errors, f'all {kind}: exits', sum(t[0] for t in total.values()),
            int(everything['exits']))
    compare(errors, f'all {kind}: length', sum(t[1] for t in total.values()),
            length_of(everything))


def main(path, reasons, vcpus, kinds=None):
    with open(path, encoding='utf-8') as f:
        text = f.read()
    page = Page()
    page.feed(text)
    page.close()
    errors = page.errors
    if page.open:
        errors.append(f'not closed: {page.open}')
    if len(text.encode()) > 400000:
        errors.append(f'{len(text.encode())} bytes')
    if "default-src 'none'" not in text:
        errors.append('no content security policy')
    reasons, vcpus = rows_of(reasons), rows_of(vcpus)
    if page.data:
        data = json.loads(page.data)
        check_axis(errors, data, 1, 'reasons', reasons)
        check_axis(errors, data, 0, 'vcpus', vcpus)
        if kinds:
            check_axis(errors, data, 2, 'kinds', rows_of(kinds))
        else:
            compare(errors, 'kinds', (data['kinds'], data['heat']['kinds']), ([], []))
        compare(errors, 'a choice of kinds', 'kind' in page.ids, bool(kinds))
        if any(c in page.data for c in '<>&'):
            errors.append('the data has a character that could begin a tag')
    elif len(reasons) > 1:
        errors.append('no data')
    tables = [('by-reason', reasons), ('by-vcpu', vcpus)]
    if kinds:
        tables.append(('by-kind', rows_of(kinds)))
    compare(errors, 'a table by kind', 'by-kind' in page.tables, bool(kinds))
    for name, rows in tables:
        column = page.tables[name][0].index('exits')
        exits = [row[column].replace(',', '') for row in page.tables[name][1:]
                 if 'all others' not in row]
        shown = [row['exits'] for row in rows if row['row'] == 'group'][:len(exits) - 1]
        compare(errors, f'table {name}: exits', exits, shown + [rows[-1]['exits']])
        if name == 'by-kind' and rows:
            labels = [row[0] for row in page.tables[name][1:] if row[0] != 'total']
            compare(errors, 'kinds', labels, [row['kind'] for row in rows[:-1]])
    for error in errors[:20]:
        print(error)
    return 1 if errors else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
