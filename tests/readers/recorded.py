"""Real answers, recorded: the 4:1 split of AAPL on 2020-08-31, from the vendor's answer to what the functions give."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANSWERS = ROOT.parent / "shared" / "data" / "yahoo_chart" / "exchanges"
NOW = "2021-11-15T12:00:00Z"


def check(folder, environment):
    """What does not hold, or nothing. The prices of 2020-08-28 and the dividends are those that were public on these days."""
    lake = folder / "recorded"
    words = ["quantx", "replay", "--market", f"recorded:{ANSWERS}", "--as-of", NOW]
    vendor = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        address = re.search(r"http://\S+", vendor.stdout.readline())[0]
        asked = ["--symbols", "AAPL", "--start", "2020-01-02", "--end", "2020-12-31", "--as-of", NOW, "--quiet"]
        where = ["--use-local", "--storage-root", lake, "--yahoo-base-url", address, "--requests-per-second", "0"]
        subprocess.run(["quantx", "backfill", *asked, *where], env=environment, check=True, stdout=subprocess.DEVNULL)
    finally:
        vendor.terminate()
        vendor.wait()
        vendor.stdout.close()
    return compare(lake)


def compare(lake):
    import quantx

    def closes(adjusted):
        frame = quantx.bars(lake, symbols="AAPL", start="2020-08-28", end="2020-08-31", adjusted=adjusted)
        return frame["Close"].to_list(), frame["Volume"].to_list()

    cash = quantx.actions(lake).filter(Kind="dividend").select("Date", "Amount").rows()
    before, after = closes("total")[0]
    expected_and_found = {
        "as traded": (([499.23, 129.04], [46_907_500, 225_702_700]), closes("none")),
        "split": (([124.8075, 129.04], [187_630_000.0, 225_702_700.0]), closes("split")),
        "total return of a day without a dividend": (round(129.04 / 124.8075, 12), round(after / before, 12)),
        "dividends as declared": (
            [("2020-02-07", 0.77), ("2020-05-08", 0.82), ("2020-08-07", 0.82), ("2020-11-06", 0.205)],
            [(day.isoformat(), amount) for day, amount in cash],
        ),
        "dividends of the year, in shares of its end": (
            round((0.77 + 0.82 + 0.82) / 4 + 0.205, 9),
            round(quantx.dividends_by_year(lake)["Dividends"].item(), 9),
        ),
    }
    wrong = [f"{what}: expected {expected}, found {found}" for what, (expected, found) in expected_and_found.items() if expected != found]
    return "\n".join(wrong) or None
