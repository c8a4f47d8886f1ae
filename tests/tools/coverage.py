#!/usr/bin/env python3
"""Print the line coverage of the brain and of what all roles share, from a build with --enable-coverage after make check.

    coverage.py BUILD [--missing] [--least PERCENT]

Reads the counters with gcov.  A file that is compiled into several programs has its counts added up.  With --missing
the lines that nothing ran are listed; with --least the exit status is 1 if a folder has less.
"""
import argparse
import collections
import json
import os
import subprocess
import sys

FOLDERS = ("src/brain", "src/common")


def counters(build):
    for folder, _, names in os.walk(build):
        for name in sorted(names):
            if name.endswith(".gcda"):
                yield os.path.join(folder, name)


def lines_of(gcda):
    """Yield (source file, line, count) of one object."""
    done = subprocess.run(["gcov", "--stdout", "--json-format", os.path.basename(gcda)], cwd=os.path.dirname(gcda),
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    for text in done.stdout.splitlines():
        report = json.loads(text)
        where = report["current_working_directory"]
        for f in report["files"]:
            path = os.path.realpath(os.path.join(where, f["file"]))
            for line in f["lines"]:
                yield path, line["line_number"], line["count"]


def measure(build, top):
    """{file below top: {line: count}} for the folders of interest."""
    found = collections.defaultdict(collections.Counter)
    for gcda in counters(build):
        for path, line, count in lines_of(gcda):
            name = os.path.relpath(path, top)
            if name.startswith(tuple(f + "/" for f in FOLDERS)):
                found[name][line] += count
    return found


def ranges(numbers):
    """[1, 2, 3, 7] as "1-3 7"."""
    text, start = [], None
    for n, following in zip(numbers, numbers[1:] + [None]):
        start = n if start is None else start
        if following != n + 1:
            text.append(str(n) if start == n else f"{start}-{n}")
            start = None
    return " ".join(text)


def percent(part, whole):
    return 100 * part / whole if whole else 100.0


def show(folder, files, missing):
    """Print a folder's table; returns its percentage."""
    run = total = 0
    for name in sorted(n for n in files if os.path.dirname(n) == folder):
        lines = files[name]
        bare = [n for n in sorted(lines) if lines[n] == 0]
        run += len(lines) - len(bare)
        total += len(lines)
        print(f"  {percent(len(lines) - len(bare), len(lines)):6.1f} %  {len(lines):5d} lines  {name}")
        if missing and bare:
            print(f"            not run: {ranges(bare)}")
    print(f"  {percent(run, total):6.1f} %  {total:5d} lines  {folder}, all")
    return percent(run, total) if total else 0.0


def main():
    p = argparse.ArgumentParser(description="line coverage of brain and common")
    p.add_argument("build")
    p.add_argument("--missing", action="store_true")
    p.add_argument("--least", type=float, default=0)
    args = p.parse_args()
    top = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
    files = measure(args.build, top)
    results = [show(folder, files, args.missing) for folder in FOLDERS]
    return 1 if min(results) < args.least else 0


if __name__ == "__main__":
    sys.exit(main())
