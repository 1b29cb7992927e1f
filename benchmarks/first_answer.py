"""Measures how long a process takes from its start to the first answer of a predictor, by engine, Java runtime and what has
been done beforehand, in turn, several rounds, on this machine.

usage: python3 benchmarks/first_answer.py [--rounds N] [--java HOME ...] [--classpath JARS]

Build first: ./mvnw -DskipTests package. Class data sharing is that of an archive made by -XX:ArchiveClassesAtExit; natives
are unpacked in each run anew, or lie in JavaCPP's folder from an earlier run. Prints medians: milliseconds on the clock, and
seconds of processors, which other work on the machine disturbs less.
"""
import argparse
import glob
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ENGINES = {"own": "the library's engine", "runtime": "ONNX Runtime behind a predictor", "hand": "ONNX Runtime alone, by hand"}
UNPACKING, UNPACKED, SHARING = "natives not unpacked", "natives unpacked", "natives unpacked, classes shared"
SAID = {
    "main": r"main after (\d+) ms",
    "read": r"model read after (\d+) ms",
    "first": r"first answer after (\d+) ms",
    "warm": r"warmed up after (\d+) ms",
    "then": r"then ([\d.]+) ms",
    "peak": r"peak (\d+) MB",
}


def run(java, options, jars, arguments):
    """Runs ServingCost. Returns what it says, and the seconds of processors that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(java / "bin" / "java"), "-XX:+UseSerialGC", "-Xmx512m", *options, "-cp", jars,
                           "org.mtl4j.benchmarks.ServingCost", *map(str, arguments)],
                          capture_output=True, text=True, env=dict(os.environ, OMP_WAIT_POLICY="passive"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{java}, {options}, {arguments} failed:\n{done.stdout}{done.stderr}")
    found = {name: float(match.group(1)) for name, pattern in SAID.items() if (match := re.search(pattern, done.stdout))}
    found["processors"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--java", type=pathlib.Path, nargs="+", help="folders of Java runtimes (default: that of the path)")
    arguments.add_argument("--classpath", help="jars, if not those of benchmarks/target")
    given = arguments.parse_args()
    jars = given.classpath
    if jars is None:
        own = HERE / "target" / "benchmarks.jar"
        if not own.exists():
            sys.exit(f"{own} is missing: ./mvnw -DskipTests package")
        jars = os.pathsep.join([str(own), *sorted(glob.glob(str(HERE / "target" / "lib" / "*.jar")))])
    javas = given.java or [pathlib.Path(shutil.which("java")).resolve().parent.parent]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model = folder / "poster.zip"
        cache = f"-Dorg.bytedeco.javacpp.cachedir={folder / 'cache'}"
        run(javas[0], [cache], jars, ["save", model])
        cases = []
        for java in javas:
            for engine in ENGINES:
                archive = folder / f"{java.name}-{engine}.jsa"
                run(java, [cache, f"-XX:ArchiveClassesAtExit={archive}"], jars, ["first", model, engine])
                cases.append((java, engine, UNPACKED, [cache]))
                cases.append((java, engine, SHARING, [cache, f"-XX:SharedArchiveFile={archive}", "-Xshare:on"]))
                if engine != "hand":
                    cases.append((java, engine, UNPACKING, None))
        results = {}
        for r in range(given.rounds):
            for java, engine, how, options in cases:
                fresh = folder / "fresh"
                found = run(java, options or [f"-Dorg.bytedeco.javacpp.cachedir={fresh}"], jars, ["first", model, engine])
                shutil.rmtree(fresh, ignore_errors=True)
                results.setdefault((java, engine, how), []).append(found)
                print(f"round {r + 1}, {java.name}, {engine}, {how}: {found}", flush=True)
    print("\n| Java, engine, beforehand | main, ms | model read | first answer | warmed up | a call then | processors, s | peak, MB |")
    print("|" + " --- |" * 8)
    for (java, engine, how), found in results.items():
        middle = {name: statistics.median(each[name] for each in found) for name in found[0]}
        print(f"| {java.name}, {ENGINES[engine]}, {how} | {middle['main']:.0f} | {middle['read']:.0f} | {middle['first']:.0f}"
              f" | {middle['warm']:.0f} | {middle['then']:.3f} | {middle['processors']:.2f} | {middle['peak']:.0f} |")


main()
