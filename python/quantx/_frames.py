"""What a table is handed over as."""

from typing import Any, Literal, get_args

import polars as pl

from quantx._lake import LakeError

Frame = Literal["polars", "lazy", "pandas", "arrow"]
"""``polars`` and ``lazy`` are its frames, ``pandas`` a frame with Arrow types, ``arrow`` a table of pyarrow."""

def check(frame: str) -> None:
    """Refuses a kind of frame that there is not, before anything is read.

    Raises:
        LakeError: it is none of them.
    """
    if frame not in get_args(Frame):
        raise LakeError(f"frame is {frame!r}; it is one of {', '.join(get_args(Frame))}")


def hand_over(scan: pl.LazyFrame, frame: Frame) -> Any:
    """Reads the table and converts it, if it is not to stay lazy.

    pandas gets Arrow types: with its own, dates are objects and a volume that is unknown turns shares into floats.
    """
    if frame == "lazy":
        return scan
    table = scan.collect()
    if frame == "polars":
        return table
    # Text as the type that every reader compares: pyarrow has no filter for the newer string_view.
    arrow = table.to_arrow(compat_level=pl.CompatLevel.oldest())
    if frame == "arrow":
        return arrow
    import pandas as pd

    return arrow.to_pandas(types_mapper=pd.ArrowDtype)
