// SPDX-License-Identifier: GPL-2.0
/*
 * What the page does when somebody chooses: a reason, a vCPU or a kind, and a span of time.
 * Everything is there without this script, of the whole recording; the script draws
 * and counts the same again, of what is chosen.
 *
 * The data (page.c): time is cut into buckets, the unit of all lengths is that of the
 * recording.
 *	cells: for each vCPU, reason and kind that have exits together, [vcpu, reason, kind,
 *		[bucket, exits, length, max, user, halted, off_cpu, ...]]
 *	heat: for all, and each reason, vCPU and kind, [bucket, bin, exits, ...]
 * Kinds are not known of all recordings: then there are none.
 */
'use strict';
(() => {
const data = JSON.parse(document.getElementById('data').textContent);
const el = id => document.getElementById(id);
const FIELDS = ['exits', 'length', 'max', 'user', 'halted', 'off_cpu'];
const PICKS = { reason: data.reasons, vcpu: data.vcpus, kind: data.kinds };
const NONE = { reason: -1, vcpu: -1, kind: -1 };
const chosen = { ...NONE, from: 0, to: data.buckets };

/* Of these, the one that something is chosen of, if any */
const picked = () => Object.keys(PICKS).find(pick => chosen[pick] >= 0);

document.documentElement.classList.add('scripted');

/* ---- Figures ---- */

/* The lowest length of a bin: four for each power of two, from 64 on. */
function binStart(bin) {
	return bin < 4 ? bin * 16 : 2 ** ((bin >> 2) + 5) * (1 + (bin & 3) / 4);
}

function binOf(length) {
	if (length < 64)
		return Math.floor(length / 16);
	const power = Math.floor(Math.log2(length));
	return (power - 5) * 4 + Math.floor(length / 2 ** power * 4) - 4;
}

const empty = () => ({ exits: 0, length: 0, max: 0, user: 0, halted: 0, off_cpu: 0 });

function add(to, values, i) {
	to.exits += values[i + 1];
	to.length += values[i + 2];
	to.max = Math.max(to.max, values[i + 3]);
	to.user += values[i + 4];
	to.halted += values[i + 5];
	to.off_cpu += values[i + 6];
}

/* Of the chosen span, by each of PICKS: sums of what is chosen of the others */
function sums() {
	const s = { times: Array.from({ length: data.buckets }, empty), all: empty() };

	for (const [pick, names] of Object.entries(PICKS))
		s[pick] = names.map(empty);
	for (const [vcpu, reason, kind, values] of data.cells) {
		const of = { reason, vcpu, kind };
		const others = Object.keys(PICKS).filter(pick =>
			chosen[pick] >= 0 && chosen[pick] !== of[pick]);

		for (let i = 0; i < values.length; i += 7) {
			if (!others.length)
				add(s.times[values[i]], values, i);
			if (values[i] < chosen.from || values[i] >= chosen.to)
				continue;
			if (!others.length)
				add(s.all, values, i);
			for (const pick of Object.keys(PICKS))
				if (s[pick].length && others.every(o => o === pick))
					add(s[pick][of[pick]], values, i);
		}
	}
	return s;
}

function heat() {
	const pick = picked();

	return pick ? data.heat[pick + 's'][chosen[pick]] : data.heat.all;
}

function histogram() {
	const bins = new Map(), values = heat();

	for (let i = 0; i < values.length; i += 3)
		if (values[i] >= chosen.from && values[i] < chosen.to)
			bins.set(values[i + 1], (bins.get(values[i + 1]) || 0) +
				 values[i + 2]);
	return bins;
}

/* The highest length of the bin that the sample of that rank is in */
function percentile(bins, max, p) {
	const sorted = [...bins].sort((a, b) => a[0] - b[0]);
	const total = sorted.reduce((sum, [, n]) => sum + n, 0);
	let rank = Math.max(1, Math.ceil(total * p / 100));

	for (const [bin, n] of sorted) {
		rank -= n;
		if (rank <= 0)
			return Math.min(max, binStart(bin + 1) - 1);
	}
	return 0;
}

/* ---- Text ---- */

const group = n => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/* Three digits, as the program prints them in a terminal */
function scaled(ns) {
	if (!ns)
		return '0';
	if (ns < 1000)
		return Math.round(ns) + ' ns';
	const [unit, name] = ns < 999500 ? [1e3, 'us'] : ns < 999500000 ? [1e6, 'ms'] :
		[1e9, 's'];
	const v = ns / unit, places = v < 9.995 ? 2 : v < 99.95 ? 1 : 0;
	const [whole, rest] = v.toFixed(places).split('.');

	return group(whole) + (rest ? '.' + rest : '') + ' ' + name;
}

const length = v => data.ns_per ? scaled(Math.round(v * data.ns_per)) : group(v);
const seconds = bucket => ((data.first + bucket) * data.width_ns / 1e9)
	.toFixed(data.decimals);

const nameOfChosen = () => picked() ? PICKS[picked()][chosen[picked()]] : 'all exits';

/* ---- Charts: the same shapes as in html-charts.c ---- */

const NS = 'http://www.w3.org/2000/svg';

function shape(name, attributes, text) {
	const node = document.createElementNS(NS, name);

	for (const [key, value] of Object.entries(attributes))
		node.setAttribute(key, value);
	if (text !== undefined)
		node.textContent = text;
	return node;
}

const plot = data.plot;		/* left, top, width, height of what is drawn on */
const xOf = bucket => plot.left + bucket * plot.width / data.buckets;
const yOf = bin => plot.top + plot.height -
	(bin - data.lowest) * plot.height / (data.highest + 1 - data.lowest);

function drawHeat(s) {
	const values = heat(), levels = Array.from({ length: 16 }, () => []);
	const w = plot.width / data.buckets;
	const h = plot.height / (data.highest + 1 - data.lowest);
	const max = values.reduce((m, v, i) => i % 3 === 2 ? Math.max(m, v) : m, 1);
	const cells = el('heat-cells'), top = el('heat-max');
	let line = '';

	for (let i = 0; i < values.length; i += 3) {
		const level = Math.ceil(16 * Math.sqrt(values[i + 2] / max)) - 1;

		levels[level].push(`M${xOf(values[i]).toFixed(1)} ` +
			`${yOf(values[i + 1] + 1).toFixed(1)}h${w.toFixed(1)}` +
			`v${h.toFixed(1)}h-${w.toFixed(1)}z`);
	}
	cells.replaceChildren(...levels.map((path, i) => shape('path',
		{ d: path.join(''), 'fill-opacity': (0.2 + 0.8 * i / 15).toFixed(2) })));
	s.times.forEach((t, i) => {
		if (t.exits)
			line += `M${xOf(i).toFixed(1)} ` +
				`${yOf(binOf(t.max) + 0.5).toFixed(1)}h${w.toFixed(1)}`;
	});
	top.setAttribute('d', line);
}

function drawSpan() {
	const whole = chosen.from === 0 && chosen.to === data.buckets;
	const span = el('heat-span');

	span.setAttribute('x', xOf(chosen.from));
	span.setAttribute('width', whole ? 0 : xOf(chosen.to) - xOf(chosen.from));
}

/* Bars of one value each, from the left; used for exits over time and lengths. */
function bars(id, counts, x, w) {
	const max = Math.max(1, ...counts);
	const box = el(id).dataset, height = +box.height, top = +box.top;
	let path = '';

	counts.forEach((n, i) => {
		const h = n * height / max;

		if (n)
			path += `M${x(i).toFixed(1)} ${(top + height).toFixed(1)}` +
				`v-${h.toFixed(2)}h${w.toFixed(1)}v${h.toFixed(2)}z`;
	});
	el(id).setAttribute('d', path);
	el(id + '-max').textContent = group(max);
}

function drawTimes(s) {
	const w = plot.width / data.buckets;

	bars('rate', s.times.map(t => t.exits), xOf, Math.max(0.5, w - 0.5));
}

function drawHistogram(bins) {
	const n = data.highest + 1 - data.lowest, w = plot.width / n;
	const counts = Array.from({ length: n }, (_, i) => bins.get(i + data.lowest) || 0);

	bars('lengths', counts, i => plot.left + i * w, Math.max(0.5, w - 0.5));
}

/* ---- Tables ---- */

function put(row, key, text) {
	const cell = row.querySelector(`[data-key="${key}"]`);

	if (cell)
		cell.textContent = text;
}

const original = new Map();

function remember(row) {
	for (const cell of row.querySelectorAll('[data-key]'))
		original.set(cell, cell.textContent);
}

function restore(row) {
	for (const cell of row.querySelectorAll('[data-key]'))
		cell.textContent = original.get(cell);
}

/* Columns that cannot be told of a part of the recording show nothing. */
function fillRow(row, sum, all) {
	for (const cell of row.querySelectorAll('[data-key]'))
		cell.textContent = '';
	put(row, 'exits', group(sum.exits));
	if (!sum.exits)
		return;
	put(row, 'cycles', length(sum.length));
	put(row, 'cycles_percent', (all.length ? sum.length * 100 / all.length : 0).toFixed(2));
	put(row, 'exits_percent', (all.exits ? sum.exits * 100 / all.exits : 0).toFixed(2));
	put(row, 'avg', length(Math.floor(sum.length / sum.exits)));
	put(row, 'max', length(sum.max));
	for (const key of ['user', 'halted', 'off_cpu'])
		put(row, key, length(sum[key]));
}

function total(list) {
	const all = empty();

	for (const s of list) {
		for (const key of FIELDS)
			all[key] = key === 'max' ? Math.max(all.max, s.max) :
				all[key] + s[key];
	}
	return all;
}

function fillTable(pick, list) {
	const table = el('by-' + pick), all = total(list);
	const whole = chosen.from === 0 && chosen.to === data.buckets &&
		(!picked() || picked() === pick);

	for (const row of table.querySelectorAll('tr[data-series]')) {
		const i = +row.dataset.series;

		row.classList.toggle('is-chosen', chosen[pick] === i);
		row.querySelector('button')
			?.setAttribute('aria-pressed', chosen[pick] === i);
		if (whole)
			restore(row);
		else
			fillRow(row, list[i], all);
	}
	const sum = table.querySelector('tr[data-total]');
	if (sum && whole)
		restore(sum);
	else if (sum)
		fillRow(sum, all, all);
}

/* ---- What is chosen ---- */

function say(s, bins) {
	const whole = chosen.from === 0 && chosen.to === data.buckets;
	const text = `${nameOfChosen()}, ${whole ? 'the whole recording' :
		`${seconds(chosen.from)} s to ${seconds(chosen.to)} s`}: ` +
		`${group(s.all.exits)} exits, ${length(s.all.length)}` +
		(data.ns_per ? '' : ' ' + data.unit) + (s.all.exits ?
		`, at most ${length(s.all.max)}, half within ` +
		`${length(percentile(bins, s.all.max, 50))}, 99 % within ` +
		`${length(percentile(bins, s.all.max, 99))}` : '');

	el('status').textContent = text;
	el('reset').disabled = whole && !picked();
}

function toHash() {
	const parts = [];

	if (picked())
		parts.push(`${picked()}=` +
			encodeURIComponent(PICKS[picked()][chosen[picked()]]));
	if (chosen.from !== 0 || chosen.to !== data.buckets)
		parts.push(`from=${seconds(chosen.from)}`, `to=${seconds(chosen.to)}`);
	return parts.join('&');
}

/* A link names what it shows: a time within a bucket is that bucket. */
function fromHash() {
	const q = new URLSearchParams(location.hash.slice(1));
	const bucket = (text, otherwise) => {
		const n = Math.round(parseFloat(text) * 1e9 / data.width_ns) - data.first;

		return Number.isFinite(n) ? Math.min(Math.max(n, 0), data.buckets) :
			otherwise;
	};

	Object.assign(chosen, NONE);
	for (const [pick, names] of Object.entries(PICKS))
		if (!picked())
			chosen[pick] = names.indexOf(q.get(pick));
	chosen.from = bucket(q.get('from'), 0);
	chosen.to = bucket(q.get('to'), data.buckets);
	if (chosen.to <= chosen.from) {
		chosen.from = 0;
		chosen.to = data.buckets;
	}
}

function draw() {
	const s = sums(), bins = histogram();

	drawHeat(s);
	drawSpan();
	drawTimes(s);
	drawHistogram(bins);
	for (const pick of shown) {
		el(pick).value = chosen[pick];
		fillTable(pick, s[pick]);
	}
	for (const node of document.querySelectorAll('.what'))
		node.textContent = nameOfChosen();
	say(s, bins);
}

function choose(change) {
	Object.assign(chosen, change);
	history.replaceState(null, '', '#' + toHash());
	draw();
}

const chooseOne = (pick, i) => choose({ ...NONE, [pick]: i });

/* ---- Controls ---- */

/* A page of a recording whose kinds are not known has none to choose. */
const shown = Object.keys(PICKS).filter(el);

function fillSelect(pick) {
	const select = el(pick);

	PICKS[pick].forEach((name, i) => select.add(new Option(name, i)));
	select.addEventListener('change', () => chooseOne(pick, +select.value));
}

function addButtons(pick) {
	const table = el('by-' + pick);

	for (const row of table.querySelectorAll('tr[data-series]')) {
		const cell = row.querySelector(`[data-label="${pick}"]`) || row.cells[0];
		const button = document.createElement('button');

		button.type = 'button';
		button.textContent = cell.textContent;
		button.addEventListener('click', () => chooseOne(pick,
			chosen[pick] === +row.dataset.series ? -1 : +row.dataset.series));
		cell.replaceChildren(button);
		remember(row);
	}
	const sum = table.querySelector('tr[data-total]');
	if (sum)
		remember(sum);
}

function bucketAt(event) {
	const box = el('when').getBoundingClientRect();
	const x = (event.clientX - box.left) * plot.total / box.width;

	return Math.min(data.buckets - 1, Math.max(0,
		Math.floor((x - plot.left) * data.buckets / plot.width)));
}

function dragging() {
	const when = el('when');
	let start = -1;

	when.addEventListener('pointerdown', event => {
		start = bucketAt(event);
		when.setPointerCapture(event.pointerId);
	});
	when.addEventListener('pointermove', event => {
		if (start < 0)
			return;
		const now = bucketAt(event);

		Object.assign(chosen, { from: Math.min(start, now),
					to: Math.max(start, now) + 1 });
		drawSpan();
	});
	when.addEventListener('pointerup', event => {
		const now = bucketAt(event), first = start;

		start = -1;
		if (first < 0)
			return;
		choose(first === now ? { from: 0, to: data.buckets } :
			{ from: Math.min(first, now), to: Math.max(first, now) + 1 });
	});
	when.addEventListener('pointercancel', () => { start = -1; draw(); });
}

/* Arrows move the span, with Shift its end; the first one begins with a tenth. */
function keys() {
	const n = data.buckets, step = Math.max(1, Math.round(n / 50));

	el('when').addEventListener('keydown', event => {
		const way = { ArrowLeft: -step, ArrowRight: step }[event.key];
		let { from, to } = chosen;

		if (event.key === 'Escape' || event.key === 'Home') {
			from = 0;
			to = n;
		} else if (!way) {
			return;
		} else if (from === 0 && to === n) {
			to = Math.max(1, Math.round(n / 10));
		} else if (event.shiftKey) {
			to = Math.min(n, Math.max(from + 1, to + way));
		} else {
			const by = Math.min(n - to, Math.max(-from, way));

			from += by;
			to += by;
		}
		event.preventDefault();
		choose({ from, to });
	});
}

shown.forEach(fillSelect);
shown.forEach(addButtons);
el('reset').addEventListener('click', () => choose({ ...NONE, from: 0, to: data.buckets }));
window.addEventListener('hashchange', () => { fromHash(); draw(); });
dragging();
keys();
fromHash();
draw();
})();
