// Opens the status page in Chromium as a person would, and fails with what is wrong about it.
//
// node check.mjs FOLDER_OF_PLAYWRIGHT CHROMIUM PAGE.html FOLDER_OF_PICTURES
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import assert from "node:assert/strict";

const [folder, executablePath, page, pictures] = process.argv.slice(2);
const require = createRequire(join(folder, "package.json"));
const { chromium } = require("playwright-core");
const address = pathToFileURL(page).href;

// The least ratio that WCAG 2.1 AA allows for text of this size.
const CONTRAST = 4.5;

// The table must be there within this, in the best of three attempts.
const PATIENCE_MS = Number(process.env.QUANTX_PAGE_PATIENCE_MS ?? 2000);

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const faults = [];

async function open(options) {
  const context = await browser.newContext(options);
  const tab = await context.newPage();
  tab.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  tab.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  tab.on("dialog", (dialog) => {
    faults.push(`a dialog of the browser: ${dialog.message()}`);
    dialog.dismiss();
  });
  tab.on("request", (request) => {
    if (request.url() !== address) faults.push(`asked for ${request.url()}`);
  });
  const begun = Date.now();
  await tab.goto(address);
  await tab.waitForSelector("#listing-table tbody tr");
  return { context, tab, ms: Date.now() - begun };
}

const symbols = (tab) => tab.$$eval("#listing-table tbody th", (cells) => cells.map((cell) => cell.textContent));

function worstContrast() {
  const numbers = (text) => text.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const part = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll("body *")].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) && element.checkVisibility() && !element.closest("svg, script, style"));
  const ratios = texts.map((element) => {
    const [a, b] = [luminance(numbers(getComputedStyle(element).color)), luminance(behind(element))];
    return { ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), text: element.textContent.trim().slice(0, 40) };
  });
  return ratios.sort((a, b) => a.ratio - b.ratio)[0];
}

try {
  const told = {};
  for (const colorScheme of ["light", "dark"]) {
    const look = { colorScheme, viewport: { width: 1280, height: 900 } };
    let { context, tab, ms } = await open(look);
    // A machine that does something else at the same time is no fault of the page.
    for (let again = 0; again < 2 && ms >= PATIENCE_MS; again += 1) {
      await context.close();
      ({ context, tab, ms } = await open(look));
    }
    told[`${colorScheme}_ms`] = ms;
    assert.ok(ms < PATIENCE_MS, `the table was there after ${ms} ms`);
    const worst = await tab.evaluate(worstContrast);
    assert.ok(worst.ratio >= CONTRAST, `${colorScheme}: contrast ${worst.ratio.toFixed(2)} of "${worst.text}"`);
    await tab.screenshot({ path: join(pictures, `${colorScheme}.png`) });
    await tab.screenshot({ path: join(pictures, `${colorScheme}-whole.png`), fullPage: true });
    await context.close();
  }

  const { context, tab } = await open({ viewport: { width: 1280, height: 900 } });
  const all = await symbols(tab);
  assert.ok(all.length > 1, "listings are shown");

  // Sorting, by the keyboard.
  const head = tab.getByRole("button", { name: "symbol", exact: true });
  await head.focus();
  await tab.keyboard.press("Enter");
  const ascending = await symbols(tab);
  assert.deepEqual(ascending, [...ascending].sort((a, b) => (a < b ? -1 : Number(a > b))));
  assert.equal(await tab.$$eval("th[aria-sort=ascending]", (heads) => heads.length), 1);
  await tab.keyboard.press("Enter");
  const descending = await symbols(tab);
  assert.ok(descending[0] > ascending[0] && (await tab.$("th[aria-sort=descending]")), "the order turns");

  // Search, and the chart of what was found.
  const wanted = "S0042.HK";
  await tab.getByLabel("Find a symbol").fill(wanted.toLowerCase());
  assert.deepEqual(await symbols(tab), [wanted]);
  await tab.keyboard.press("Enter");
  const dialog = tab.locator("dialog[open]");
  assert.equal(await dialog.locator("h2").textContent(), wanted);
  assert.ok((await dialog.locator("svg.price path").getAttribute("d")).split("L").length > 20, "a line is drawn");
  await tab.screenshot({ path: join(pictures, "chart.png") });
  await tab.keyboard.press("Escape");
  assert.equal(await dialog.count(), 0);
  await tab.getByLabel("Find a symbol").fill("nobody");
  assert.equal((await symbols(tab)).length, 0);

  // Names that would be markup are text.
  await tab.getByLabel("Find a symbol").fill("<img");
  const [hostile] = await symbols(tab);
  assert.ok(hostile.startsWith("<img"), hostile);
  await tab.keyboard.press("Enter");
  assert.equal(await tab.locator("dialog h2").textContent(), hostile);
  assert.equal(await tab.locator("img, iframe, script[src]").count(), 0);
  assert.equal(await tab.evaluate(() => window.harm), undefined);
  await context.close();

  // A phone: nothing but tables is wider than the screen.
  const phone = await open({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, colorScheme: "dark" });
  const width = await phone.tab.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `the page is ${width} px wide`);
  await phone.tab.screenshot({ path: join(pictures, "phone.png") });
  await phone.tab.evaluate(() => document.getElementById("listings").scrollIntoView());
  await phone.tab.screenshot({ path: join(pictures, "phone-listings.png") });
  await phone.tab.locator("button.symbol").first().click();
  await phone.tab.screenshot({ path: join(pictures, "phone-chart.png") });
  await phone.context.close();

  assert.deepEqual(faults, []);
  console.log(JSON.stringify(told));
} catch (error) {
  if (faults.length) console.error(faults.join("\n"));
  throw error;
} finally {
  await browser.close();
}
