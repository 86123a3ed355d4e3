"""Lets an unedited script be a step of a Holdfast experiment. Written by `holdfast init`; standard library only.

holdfast.step.json says what to do: which flags and constants the knobs set, which files the script reads and writes, which
numbers it prints are metrics. Your script is never changed: a copy of it runs in a folder of its own.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def stop(message):
    print(f"holdfast_step: {message}", file=sys.stderr)
    sys.exit(78)


def copy_code(home, work):
    """Every file of the code, writable in its copy."""
    for path in sorted(home.rglob("*")):
        place = path.relative_to(home)
        if place.parts[0] in ("inputs", "outputs", "params.json") or not path.is_file():
            continue
        (work / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, work / place)


def set_constant(script, name, line, was, value):
    lines = script.read_text(encoding="utf-8").split("\n")
    found = lines[line - 1] if line <= len(lines) else ""
    head = re.match(rf"{re.escape(name)}\s*(?::[^=]*)?=\s*", found)
    if not head or not found[head.end() :].startswith(was):
        stop(f"line {line} of {script.name} is no longer `{name} = {was}`; run `holdfast init {script.name}` again")
    if isinstance(value, int) and not isinstance(value, bool) and re.search(r"[.eE]", was):
        value = float(value)
    lines[line - 1] = head.group() + repr(value) + found[head.end() + len(was) :]
    script.write_text("\n".join(lines), encoding="utf-8")


def arguments(flags, knobs):
    given = []
    for name, (flag, style) in flags.items():
        value = knobs[name]
        if style == "value":
            given.append(f"{flag}={value}" if flag.startswith("--") else flag)
            given += [] if flag.startswith("--") else [str(value)]
        elif style == "either":
            given.append(flag if value else flag.replace("--", "--no-", 1))
        elif (style == "present") == bool(value):
            given.append(flag)
    return given


def run(command, work, metrics):
    """Runs the script; a line such as `accuracy: 0.93` is a point when the table names it."""
    seen = {}
    names = "|".join(re.escape(name) for name in sorted(metrics, key=len, reverse=True))
    point = re.compile(rf"(?<![\w./-])({names})\s*[:=]\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])")
    child = subprocess.Popen(command, cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    with open(os.environ["HOLDFAST_METRICS"], "a", encoding="utf-8") as series:
        for line in iter(lambda: child.stdout.readline(65536), b""):
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
            for name, value in point.findall(line.decode("utf-8", "replace")) if metrics else []:
                step = seen[name] = seen.get(name, -1) + 1
                series.write(json.dumps({"name": name, "value": float(value), "step": step}) + "\n")
                series.flush()
    status = child.wait()
    return status if status >= 0 else 128 - status


def collect(work, before, writes, outputs):
    for path in sorted(work.rglob("*")):
        place = path.relative_to(work).as_posix()
        if path.is_symlink() or not path.is_file() or "__pycache__" in place:
            continue
        if place in writes or place not in before:
            target = outputs / writes.get(place, place)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def main():
    table = json.loads(Path("holdfast.step.json").read_text(encoding="utf-8"))
    knobs = json.loads(Path("params.json").read_text(encoding="utf-8"))["knobs"]
    work = Path(tempfile.mkdtemp()) / "work"
    work.mkdir()
    copy_code(Path("."), work)
    for path, name in table["reads"].items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if Path("inputs", name).is_dir() else shutil.copyfile
        copy(Path("inputs", name), work / path)
    for folder in table["folders"]:
        (work / folder).mkdir(parents=True, exist_ok=True)
    script = work / table["script"]
    seed = int(os.environ["HOLDFAST_SEED"])
    values = {**knobs, table["seed"]["knob"]: seed} if table["seed"] else knobs
    for name, place in table["constants"].items():
        set_constant(script, name, place["line"], place["was"], values[name])
    before = {path.relative_to(work).as_posix() for path in work.rglob("*")}
    command = [sys.executable, "-u", table["script"], *arguments(table["flags"], values)]
    status = run(command, work, table["metrics"])
    collect(work, before, table["writes"], Path("outputs"))
    sys.exit(status)


main()
