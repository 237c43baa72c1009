"""The runner sees what is wrong: a recipe that states a false value, nothing, or does not run."""

import os

import blocks
import pytest


def run(tmp_path, text):
    (block,) = blocks.of("a.md", text)
    return blocks.run(block, tmp_path, dict(os.environ), "CREATE MACRO one() AS 1;", {})


@pytest.mark.parametrize(
    "text, problem",
    [
        ("```sql\nSELECT one(), NULL;\n--> 1 | null\n```\n", None),
        ("```sql\nSELECT one();\n--> 2\n```\n", "stated:\n2\nprinted:\n1"),
        ("```sql\nSELECT one();\n```\n", "states no value"),
        ("```sql\nSELECT two();\n--> 1\n```\n", "two"),
        ("```python\nprint(1)\nprint(2)\n#> 1\n#> 2\n```\n", None),
        ("```python\nprint(1)\nprint(2)\n#> 1\n```\n", "stated:\n1\nprinted:\n1\n2"),
        ("```python\nraise SystemExit('no lake')\n#> 1\n```\n", "no lake"),
        ("```sh\necho 'a   b'\n#> a b\n```\n", None),
        ("```sh\necho a\n#> b\n```\n", "not printed: ['b']"),
        ("```sh\nfalse\necho a\n#> a\n```\n", "it ends with 1"),
    ],
)
def test_a_block_holds_only_if_it_prints_what_it_states(tmp_path, text, problem):
    found = run(tmp_path, text)
    assert found is None if problem is None else problem in str(found)


def test_a_block_with_a_name_becomes_that_file_and_other_languages_are_left_alone(tmp_path):
    text = "# Head\n```text\nx\n```\n```csv own/a.csv\nsymbol\n```\n"
    assert run(tmp_path, text) is None
    assert (tmp_path / "own" / "a.csv").read_text() == "symbol\n"
    assert [(block.line, block.heading) for block in blocks.of("a.md", text)] == [(6, "Head")]


@pytest.mark.xfail(strict=True, reason="year files have Arrow's string_view; when this passes, docs/reading.md (As traded) says too much")
def test_pyarrow_can_filter_the_year_files():
    import pyarrow.dataset as ds

    bars = ds.dataset(os.environ["QUANTX_TEST_LAKES"] + "/data/data/exchange=us/ticker=FB", format="parquet")
    assert bars.count_rows(filter=ds.field("Ticker") == "FB") == 196


def test_pyarrow_can_filter_panels():
    import pyarrow.dataset as ds

    bars = ds.dataset(os.environ["QUANTX_TEST_LAKES"] + "/data/panel", format="parquet")
    assert bars.count_rows(filter=ds.field("Ticker") == "FB") == 196
