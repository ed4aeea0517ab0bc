"""What git says is read as it was written, whatever the terminal's encoding."""

import os
import subprocess
import sys


def test_git_is_read_as_utf_8_where_the_locale_is_ascii() -> None:
    script = (
        "from stages.console.revisions import git; print(ascii(git('log', '-1', '--format=%xc3%xa9 %xe2%x86%x92 x')))"
    )
    env = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=env)
    assert done.stdout == "'\\xe9 \\u2192 x\\n'\n", done.stderr
