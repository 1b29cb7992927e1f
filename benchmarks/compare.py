"""Compares this library with stock Deeplearning4j layers and with PyTorch, in turn, several rounds, on this machine.

usage: python3 benchmarks/compare.py [--rounds N] [--threads N] [--sharing S] [--python P] [--without-stock] [--before JAR]

Build first: ./mvnw -DskipTests package. PyTorch is taken from the interpreter P (default: the first of this one and
/usr/bin/python3 that has it; Debian: apt-get install python3-torch) and left out where there is none. Only the ratios mean
anything: machines differ, and shared ones differ from minute to minute.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def has_torch(python):
    return python and subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0


def run(command, threads):
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OMP_WAIT_POLICY="passive")
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    lines = (line.split() for line in done.stdout.splitlines())
    return {line[0]: float(line[1]) for line in lines if len(line) == 2 and line[0][0].islower()}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=os.cpu_count())
    arguments.add_argument("--sharing", default="STITCHES_AND_RELATEDNESS")
    arguments.add_argument("--python")
    arguments.add_argument("--without-stock", action="store_true")
    arguments.add_argument("--before", type=pathlib.Path, help="benchmarks.jar of another build of the library, with its lib/")
    arguments.add_argument("--before-class", default="org.mtl4j.benchmarks.SideBySide")
    given = arguments.parse_args()
    jar = HERE / "target" / "benchmarks.jar"
    if not jar.exists():
        sys.exit(f"{jar} is missing: ./mvnw -DskipTests package")
    path = os.pathsep.join([str(jar), str(HERE / "target" / "lib" / "*")])
    java = ["java", "-XX:+UseSerialGC", "-Xmx96m", "-Dorg.bytedeco.javacpp.maxphysicalbytes=8g", "-cp", path,
            "org.mtl4j.benchmarks.SideBySide"]
    sides = {"library": java + ["library", given.sharing]}
    if given.before:
        before = os.pathsep.join([str(given.before), str(given.before.parent / "lib" / "*")])
        sides["before"] = java[:-2] + [before, given.before_class, "library", given.sharing]
    if not given.without_stock:
        sides["stock"] = java + ["stock", given.sharing]
    python = given.python or next((p for p in [sys.executable, "/usr/bin/python3"] if has_torch(p)), None)
    if python:
        sides["pytorch"] = [python, str(HERE / "pytorch_side.py"), given.sharing]
    else:
        print("no PyTorch found: left out")
    results = {side: [] for side in sides}
    for r in range(given.rounds):
        for side, command in sides.items():
            results[side].append(run(command, given.threads))
            print(f"round {r + 1}, {side}: {results[side][-1]}", flush=True)
    print(f"\n{given.sharing}, {given.threads} threads, {given.rounds} rounds: library / other, median (smallest to largest)")
    for other in sides:
        if other == "library":
            continue
        print(f"\n| against {other} | ratio |\n| --- | --- |")
        for what in results["library"][0]:
            ratios = sorted(a[what] / b[what] for a, b in zip(results["library"], results[other]))
            print(f"| {what} | {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) |")


main()
