// Makes the pictures of README out of the sample: nothing of them is drawn by hand.
//
// node tests/site/pictures.mjs QUANTX FOLDER_OF_PLAYWRIGHT CHROMIUM
import { createRequire } from "node:module";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [quantx, folder, executablePath] = process.argv.slice(2);
const { chromium } = createRequire(join(folder, "package.json"))("playwright-core");
const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const pictures = join(root, "docs/pictures");
const place = mkdtempSync(join(tmpdir(), "pictures-"));
const run = (...words) => execFileSync(resolve(quantx), words, { cwd: place, stdio: ["ignore", "ignore", "inherit"] });

try {
  cpSync(join(root, "config"), join(place, "config"), { recursive: true });
  const sample = ["--phase", "sample", "--provider", "sample", "--use-local", "-q"];
  run("backfill", ...sample, "--start", "2010-01-04", "--end", "2013-02-25", "--as-of", "2013-02-26T04:00:00Z");
  for (const day of ["02-27", "02-28", "03-01", "03-02"]) run("update-daily", ...sample, "--as-of", `2013-${day}T04:00:00Z`);
  run("plot", "AAPL", "--from", "2012-03-01", "--candles", "--use-local", "--out", join(pictures, "plot.svg"));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const tab = await browser.newPage({ viewport: { width: 1280, height: 760 }, colorScheme: "light" });
  await tab.goto(pathToFileURL(join(place, "data/site/index.html")).href);
  await tab.waitForSelector("#listing-table tbody tr");
  await tab.screenshot({ path: join(pictures, "status.png") });
  await browser.close();
} finally {
  rmSync(place, { recursive: true });
}
