// SPDX-License-Identifier: GPL-2.0
/*
 * browser.mjs MODULES PAGE COMPARISON FOLDER: what a browser makes of two pages, as JSON; with
 * screenshots in FOLDER.  It decides nothing: browser.bats does.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, path, comparison, folder] = process.argv.slice(2);
const require = createRequire(modules + '/');
const { chromium } = require('playwright-core');
const axe = require.resolve('axe-core/axe.min.js');
const url = pathToFileURL(path).href;

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium',
					args: ['--no-sandbox'] });

/* A page of its own, offline: what it asks for, and what goes wrong, is noted. */
async function open(options, hash = '', from = url) {
	const context = await browser.newContext({ offline: true,
		viewport: { width: 1200, height: 900 }, ...options });
	const page = await context.newPage();
	const seen = { requests: 0, errors: [] };

	page.setDefaultTimeout(60000);
	page.on('request', () => seen.requests++);
	page.on('pageerror', error => seen.errors.push(error.message));
	page.on('console', message => seen.errors.push(message.text()));
	await page.goto(from + hash);
	return { page, seen, close: () => context.close() };
}

const status = page => page.textContent('#status');

/* Cells of a table by reason or vCPU, as they are shown */
const cells = (page, id, key) => page.$$eval(
	`#${id} tr[data-series], #${id} tr[data-total]`, (rows, key) => rows.map(row =>
		[[...row.querySelectorAll('.label')].map(c => c.textContent).join(' ').trim(),
		 row.querySelector(`[data-key="${key}"]`)?.textContent]), key);

const drawn = page => page.$eval('#heat-cells', g => g.innerHTML);

async function violations(page) {
	await page.evaluate(await (await import('node:fs/promises')).readFile(axe, 'utf8'));
	const { violations: found } = await page.evaluate(() => window.axe.run());

	return found.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 200)}`);
}

async function looks(colorScheme) {
	const { page, seen, close } = await open({ colorScheme });
	const result = { ...seen, status: await status(page) };

	await page.screenshot({ path: `${folder}/${colorScheme}.png`, fullPage: true });
	result.violations = await violations(page);
	await close();
	return result;
}

/* The page of a comparison, which has no script */
async function compares(colorScheme) {
	const { page, seen, close } = await open({ colorScheme }, '',
						 pathToFileURL(comparison).href);
	const result = { ...seen };

	await page.screenshot({ path: `${folder}/compare-${colorScheme}.png`,
				fullPage: true });
	result.verdict = await page.textContent('.verdict');
	result.charts = await page.locator('.lengths svg').count();
	/* By keys alone: what is folded opens, and tables can be scrolled. */
	await page.focus('summary >> nth=0');
	await page.keyboard.press('Enter');
	result.opened = await page.locator('details[open] table').isVisible();
	result.scripts = await page.locator('script').count();
	result.violations = await violations(page);
	await close();
	return result;
}

async function chooses() {
	const { page, seen, close } = await open({});
	const result = { first: await drawn(page),
			 lengths: await page.getAttribute('#lengths', 'd'),
			 rate: await page.getAttribute('#rate', 'd') };

	await page.selectOption('#reason', { label: 'svm io' });
	result.io = { status: await status(page), hash: await page.evaluate(() => location.hash),
		      drawn: await drawn(page),
		      vcpus: await cells(page, 'by-vcpu', 'exits') };
	await page.click('#by-vcpu tr[data-series="1"] button');
	result.vcpu = { status: await status(page),
			reasons: await cells(page, 'by-reason', 'exits') };
	await page.selectOption('#kind', { label: 'msr' });
	result.kind = { status: await status(page), hash: await page.evaluate(() => location.hash),
			drawn: await drawn(page), shown: await page.inputValue('#vcpu'),
			lengths: await page.getAttribute('#lengths', 'd'),
			rate: await page.getAttribute('#rate', 'd'),
			reasons: await cells(page, 'by-reason', 'exits'),
			vcpus: await cells(page, 'by-vcpu', 'exits') };
	await page.screenshot({ path: `${folder}/kind.png`, fullPage: true });
	await page.click('#by-reason tr[data-series="1"] button');
	result.kinds = { name: await page.$eval('#reason', s => s.selectedOptions[0].label),
			 kinds: await cells(page, 'by-kind', 'exits') };
	await page.click('#reset');
	result.reset = { status: await status(page), drawn: await drawn(page),
			 reasons: await cells(page, 'by-reason', 'p99') };
	await page.focus('#when');
	await page.keyboard.press('ArrowRight');
	result.key = { status: await status(page) };
	await page.keyboard.press('Escape');
	result.escape = { status: await status(page) };

	const box = await page.locator('#when').boundingBox();

	await page.mouse.move(box.x + box.width * 0.3, box.y + 100);
	await page.mouse.down();
	await page.mouse.move(box.x + box.width * 0.5, box.y + 120, { steps: 4 });
	await page.mouse.up();
	result.drag = { status: await status(page),
			hash: await page.evaluate(() => location.hash) };
	await close();

	/* The link that it makes leads there. */
	const link = await open({}, result.drag.hash);

	result.link = { status: await status(link.page) };
	await link.close();

	const kind = await open({ colorScheme: 'dark', viewport: { width: 400, height: 800 } },
				result.kind.hash);

	result.kindLink = { status: await status(kind.page) };
	await kind.page.screenshot({ path: `${folder}/narrow.png`, fullPage: true });
	result.wide = await kind.page.evaluate(() =>
		document.documentElement.scrollWidth > window.innerWidth);
	await kind.close();
	return { ...result, ...seen };
}

async function withoutScript() {
	const { page, seen, close } = await open({ javaScriptEnabled: false });
	const visible = selector => page.locator(selector).first().isVisible();
	const result = { ...seen, controls: await visible('#reason'), tables: {} };

	for (const id of ['by-reason', 'by-vcpu', 'times', 'dearest'])
		result.tables[id] = await visible('#' + id) &&
			await page.locator(`#${id} tbody tr`).count();
	result.charts = await page.locator('svg').count();
	await page.screenshot({ path: `${folder}/without-script.png`, fullPage: true });
	await close();
	return result;
}

console.log(JSON.stringify({ light: await looks('light'), dark: await looks('dark'),
			     chooses: await chooses(),
			     compareLight: await compares('light'),
			     compareDark: await compares('dark'),
			     withoutScript: await withoutScript() }, null, 1));
await browser.close();
