"""``python -m tests.evaluation``: the table, the sweep, the misses; ``--freeze`` writes frozen.json."""

import argparse

from tests.evaluation import frozen


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.evaluation", description=__doc__)
    parser.add_argument("--freeze", action="store_true")
    if parser.parse_args().freeze:
        frozen.write()


main()
