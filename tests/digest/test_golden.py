"""What page, mail, text and Slack look like, kept: a change of any byte is seen in the diff of a golden file."""

from tests.digest import golden

RENEW = "differs from the golden file; look at both, then renew with `python -m tests.digest.golden` and read the diff"


def test_every_rendering_is_the_golden_one() -> None:
    files = golden.files()
    assert {path.name for path in golden.FOLDER.iterdir()} == set(files)
    for name, text in files.items():
        assert (golden.FOLDER / name).read_bytes() == text.encode(), f"{name} {RENEW}"


def test_each_is_short_enough_to_be_read() -> None:
    for name, text in golden.files().items():
        longest = 75_000 if name.endswith((".mail.html", ".txt", ".json")) else 250_000
        assert len(text.encode()) <= longest, name
