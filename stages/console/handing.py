"""The options of the commands that compare versions of the dataset and hand them on: diff, export, publish.

They are declared apart from the others for length alone; nothing is loaded here.
"""

import argparse

from stages.console.declared import Commands, Later, count

USES = ("all", "research", "commercial")
"""What a dataset may be used for (stages/dataset/usage.py, which is too slow to load here)."""


def add(commands: Commands, later: Later) -> None:
    """Declare the commands."""
    for one in (_diff, _export, _publish):
        one(commands, later)


def _diff(commands: Commands, later: Later) -> None:
    diff = commands.add_parser(
        "diff",
        help="what entered, left and changed between two versions of the dataset",
        description="Compare two versions of the dataset row by row, read where DVC keeps them; nothing is checked\n"
        "out. Says which rows, tasks and sources entered, left and changed, and what that did to licences, terms,\n"
        "languages, generators, diversity, contamination and scores.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    diff.add_argument(
        "before", nargs="?", default="HEAD", metavar="V1", help="a tag, branch or commit (default: the last commit)"
    )
    diff.add_argument("after", nargs="?", metavar="V2", help="another (default: what lies in data/dataset)")
    form = diff.add_mutually_exclusive_group()
    form.add_argument("--stat", action="store_true", help="the summary and the parts alone")
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--markdown", action="store_true", help="as Markdown, for a pull request")
    diff.add_argument("--html", metavar="FILE", help="write it as a page that needs no network")
    diff.add_argument(
        "--examples", type=count, default=3, metavar="N", help="rows to show of each kind (default: %(default)s)"
    )
    diff.add_argument("--exit-code", action="store_true", help="end with 1 where a row differs, as git diff does")
    diff.set_defaults(work=later("stages.console.diff"))


FORMS = ("dynosaur", "alpaca", "sharegpt", "messages", "superni", "dynosaur-metadata", "explore-instruct")


def _export(commands: Commands, later: Later) -> None:
    export = commands.add_parser(
        "export",
        help="write the dataset in the form of a trainer; or what was crawled, or a domain's tree, in another form",
        description="dynosaur, alpaca, sharegpt, messages: the instances, in one file (OUT ends in .json or .jsonl)\n"
        "or in a folder; dynosaur with its six keys and, in a folder, instructions-full.json and license_info.json.\n"
        "superni: a folder with a file for each task. Beside each lies a table of the licences of what is in it.\n"
        "dynosaur-metadata: the cards that select let in and their rows as huggingface_metadata.jsonl and\n"
        "huggingface_data.jsonl, the two files of Dynosaur, which `sauropod grow --collected` takes in again.\n"
        "explore-instruct: the tree of a domain after its last stage as tree_meta_info.json and a JSON file for each\n"
        "task, which `imported` in a domain.yaml takes in again.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    export.add_argument("to", nargs="?", metavar="OUT", help="the file or folder to write")
    export.add_argument("--out", metavar="OUT", help="another way to say OUT")
    export.add_argument("--format", choices=FORMS, required=True, help="the form")
    export.add_argument("--dry-run", action="store_true", help="count what would be written, write nothing")
    export.add_argument("--json", action="store_true", help="say what was done as JSON")
    rows = export.add_argument_group("of instances")
    rows.add_argument("--rev", metavar="TAG", help="of this version (default: what lies in data/dataset)")
    rows.add_argument(
        "--part",
        action="append",
        metavar="PART",
        help="of this part, as `sauropod show` names it (default: all); may be repeated",
    )
    rows.add_argument(
        "--use",
        choices=USES,
        help="leave out rows whose licence or terms forbid this use (default: all, which leaves out none)",
    )
    rows.add_argument("--force", action="store_true", help="replace what an earlier export wrote there")
    others = export.add_argument_group("of the other forms")
    others.add_argument(
        "--wave", action="append", metavar="W", help="a wave (default: all of params.yaml); may be repeated"
    )
    others.add_argument("--domain", metavar="DOMAIN", help="the domain whose tree is written")
    export.set_defaults(work=later("stages.console.export"))


def _publish(commands: Commands, later: Later) -> None:
    publish = commands.add_parser(
        "publish",
        help="put a version of the dataset on the hub, or a trained model",
        description="Put data/dataset on the Hugging Face hub in one commit, with its card, and give it the version's\n"
        "tag. HF_ENDPOINT and HF_TOKEN count. Rows without a known licence, or under one that forbids derivatives,\n"
        "are refused. Nothing is sent twice: after a failure run it again. With --run, put a trained model there, its\n"
        "scores in its card; its adapters alone where the base may not be handed on.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    publish.add_argument("repo", metavar="ORG/NAME", help="where on the hub; made where there is none")
    what = publish.add_mutually_exclusive_group()
    what.add_argument(
        "--rev", metavar="TAG", help="this version (default: the last commit, which must be what lies here)"
    )
    what.add_argument("--run", metavar="RUN", help="the model of this run, or of this alignment")
    publish.add_argument("--private", action="store_true", help="only for those who may read it there")
    publish.add_argument("--use", choices=USES, help="refuse what forbids this use (commercial: non-commercial too)")
    publish.add_argument(
        "--accept-terms", action="store_true", help="rows that come with terms of the maker's own may be handed on"
    )
    publish.add_argument("--dry-run", action="store_true", help="show files and licences, send nothing")
    publish.add_argument("--json", action="store_true", help="as JSON")
    publish.set_defaults(work=later("stages.console.publish"))
