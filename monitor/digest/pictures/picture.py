"""What a picture is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """``title`` is the finding in words (figcaption), ``desc`` every value; ``svg`` is safe markup of one <svg role="img">.

    ``rows`` is the exact table beside it (heading row first) where the finding's own table does not have it; () if it has.
    """

    kind: str  # split, chain, histogram, ratio, trend
    title: str
    desc: str
    svg: str
    rows: tuple[tuple[str, ...], ...] = ()
