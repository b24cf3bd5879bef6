"""Files handed in and not yet confirmed."""

from pathlib import Path

from flask import Flask

from marketplace.kernel import waiting_files


def test_a_file_that_somebody_else_is_just_handing_in_may_vanish_meanwhile(tmp_path: Path) -> None:
    app = Flask(__name__)
    app.extensions["media_folder"] = tmp_path
    with app.app_context():
        first = waiting_files.keep(b"1", "a.xlsx", 7, "goods")
        # listed, and gone when it is looked at: as a link to nowhere is
        (tmp_path / "waiting" / ".8.goods.renamed").symlink_to(tmp_path / "nowhere")
        second = waiting_files.keep(b"2", "b.xlsx", 9, "goods")
        assert [
            waiting_files.read(each.token, owner, "goods").content
            for each, owner in ((first, 7), (second, 9))
        ] == [
            b"1",
            b"2",
        ]
