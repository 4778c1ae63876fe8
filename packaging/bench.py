"""`make bench`: run every bench of tests/bench, print its figures and gather them in build/bench.json."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "build" / "bench.json"


def main() -> int:
    """Run the benches one after the other (they measure time); 1 when one of them failed."""
    figures: dict[str, object] = {}
    failed = []
    for file in sorted((ROOT / "tests" / "bench").glob("bench_*.py")):
        with tempfile.TemporaryDirectory() as folder:
            answer = Path(folder) / "figures.json"
            command = [sys.executable, "-m", f"tests.bench.{file.stem}", "--json", str(answer)]
            print(f"== {file.stem}", flush=True)
            if subprocess.run(command, cwd=ROOT, check=False).returncode != 0 or not answer.exists():
                failed.append(file.stem)
                continue
            figures[file.stem.removeprefix("bench_")] = json.loads(answer.read_text())
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"\nfigures: {RESULT}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
