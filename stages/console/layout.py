"""How params.yaml and dvc.yaml are written: with the comments and the layout they had, and so that DVC reads them."""

from ruamel.yaml import YAML
from ruamel.yaml.emitter import Emitter, ScalarAnalysis
from ruamel.yaml.representer import RoundTripRepresenter


class _Nulls(RoundTripRepresenter):
    """Writes null as `null`; ruamel leaves nothing in its place."""


_Nulls.add_representer(type(None), lambda writer, _: writer.represent_scalar("tag:yaml.org,2002:null", "null"))


class _Quotes(Emitter):
    """Sets a text with a colon in quotes between brackets; libyaml, with which DVC reads, takes none there without."""

    def analyze_scalar(self, scalar: str) -> ScalarAnalysis:
        found: ScalarAnalysis = super().analyze_scalar(scalar)
        found.allow_flow_plain = found.allow_flow_plain and ":" not in scalar
        return found


def round_trip() -> YAML:
    """What reads a YAML file, and writes it back with its comments and layout."""
    yaml = YAML()
    yaml.Emitter = _Quotes
    yaml.Representer = _Nulls
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.preserve_quotes = True
    return yaml
