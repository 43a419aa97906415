"""Write the lowest version of every dependency that pyproject.toml allows, as pip's constraints."""

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
asked = [
    *project["dependencies"],
    *(each for extra in project["optional-dependencies"].values() for each in extra),
]
pins = [re.sub(r"^([\w.-]+)>=([\w.]+)", r"\1==\2", each) for each in asked if ">=" in each]
Path(sys.argv[1]).write_text("\n".join(pins) + "\n", encoding="utf-8")
