"""A table handed in, and the word to write it."""

from flask_wtf.file import FileField
from wtforms import HiddenField

from marketplace.kernel.forms import Form


class UploadForm(Form):
    """选表格"""

    file = FileField("填好的表格（.xlsx）")


class ConfirmForm(Form):
    """确认导入; ``token`` names the file, and after a dot what it was seen to do."""

    token = HiddenField()
