"""Compares this library with stock Deeplearning4j layers and with PyTorch, in turn, several rounds, on this machine.

usage: python3 benchmarks/compare.py [--rounds N] [--threads N] [--sharing S] [--python P] [--kernels K] [--without-stock]
                                     [--without-djl] [--without-serving] [--before JAR]
                                     [--growth towers|batch|pixels|short]

Build first: ./mvnw -DskipTests package. PyTorch is measured twice, where it is there: in DJL, with the official build from
Maven Central, what a Java developer would take (./mvnw -q -f benchmarks/djl package fetches it, 110 MB), and in the
interpreter P (default: the first of this one and /usr/bin/python3 that has it; Debian: apt-get install python3-torch).
Each side says which it is, and has the settings that are best for it: threads of OpenMP wait asleep for this library and
stock layers, and as OpenMP has it for PyTorch. OPENBLAS_CORETYPE is not set, unless by --kernels. Predictors are measured
beside ONNX Runtime called by hand on the exported file, in turn within one process, on one and two threads. Only the ratios
mean anything: machines differ, and shared ones differ from minute to minute.

S is what the towers of the poster's network share (NOTHING, STITCHES, STITCHES_AND_RELATEDNESS), or ADULT for the network
of the Adult table: embeddings of eight categories and fully connected layers, batches of 256. --growth compares training
steps of the poster's network as CostGrowth does, point by point: numbers of towers, sizes of batches, sizes of images, or
a few of each.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent

# PyTorch in DJL ends some runs by a signal, inside libtorch_cpu.so; such a run is repeated, and told.
ATTEMPTS = 4

# Towers, batch, pixels; those of CostGrowth.
GROWTH = {
    "towers": [(towers, 128, 39) for towers in (1, 2, 3, 4, 8)],
    "batch": [(2, batch, 39) for batch in (16, 32, 64, 128, 256, 512, 1024)],
    "pixels": [(2, 64, pixels) for pixels in (40, 60, 80, 120, 160)],
    "short": [(1, 128, 39), (2, 16, 39), (2, 128, 39), (8, 128, 39), (2, 1024, 39), (2, 64, 160)],
}


def has_torch(python):
    return python and subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0


def output(command, environment):
    """Runs one side, and returns what it prints."""
    for attempt in range(ATTEMPTS):
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode >= 0 and done.returncode != 134 or attempt == ATTEMPTS - 1:
            break
        print(f"died by a signal ({done.returncode}), once more: {' '.join(command[-4:])}", flush=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


def run(command, environment, names):
    """Runs one side; what it says that it is comes into names. Returns its figures, by name."""
    printed = output(command, environment).splitlines()
    names.extend(line[3:] for line in printed if line.startswith("is "))
    lines = (line.split() for line in printed)
    return {line[0]: float(line[1]) for line in lines if len(line) == 2 and line[0][0].islower()}


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "unknown processor"
    found = dict((part.strip() for part in line.split(":", 1)) for line in lines if ":" in line)
    return f"{found.get('model name')} (family {found.get('cpu family')}, model {found.get('model')})"


def serving(command, environment, rounds):
    """Prints how many times as many predictions there are as by ONNX Runtime called by hand, in processes of their own."""
    ratios = {}
    for r in range(rounds):
        found = run(command, environment, [])
        print(f"round {r + 1}, serving: {found}", flush=True)
        for name, ratio in found.items():
            side, network, batch, threads = name.rsplit("-", 3)
            ratios.setdefault((network, int(threads)), {}).setdefault((side, int(batch)), []).append(ratio)
    sides = {"built-in": "the library's engine", "predictor": "ONNX Runtime behind a predictor"}
    batches = sorted({batch for found in ratios.values() for _, batch in found})
    print("\nServing: predictions / those of ONNX Runtime called by hand on the exported file, median (smallest to largest)")
    print("\n| | " + " | ".join(f"batches of {batch}" for batch in batches) + " |\n|" + " --- |" * (1 + len(batches)))
    for (network, threads), found in ratios.items():
        for side, title in sides.items():
            cells = (sorted(found[side, batch]) for batch in batches)
            text = " | ".join(f"{statistics.median(c):.2f} ({c[0]:.2f} to {c[-1]:.2f})" for c in cells)
            print(f"| {title}, {network}, threads: {threads} | {text} |")


def growth(sides, environments, cases, rounds):
    """Prints for each case the library's step and how many times as long that of each other side takes."""
    others = [side for side in sides if side != "library"]
    print("| towers | batch | pixels | library, ms |" + "".join(f" {side} / library |" for side in others))
    print("| --- " * (4 + len(others)) + "|", flush=True)
    for case in cases:
        arguments = [str(number) for number in case]
        steps = {side: [] for side in sides}
        for _ in range(rounds):
            for side, command in sides.items():
                out = output(command + arguments, environments[side])
                steps[side].append(float(out.strip().splitlines()[-1].split()[0]))
        ratios = [sorted(b / a for a, b in zip(steps["library"], steps[side])) for side in others]
        cells = [f"{statistics.median(r):.2f} ({r[0]:.2f} to {r[-1]:.2f})" for r in ratios]
        print("| " + " | ".join(arguments + [f"{statistics.median(steps['library']):.2f}"] + cells) + " |", flush=True)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=os.cpu_count())
    arguments.add_argument("--sharing", default="STITCHES_AND_RELATEDNESS")
    arguments.add_argument("--python")
    arguments.add_argument("--kernels", help="OPENBLAS_CORETYPE of this library and of stock layers")
    arguments.add_argument("--without-stock", action="store_true")
    arguments.add_argument("--without-djl", action="store_true")
    arguments.add_argument("--without-serving", action="store_true")
    arguments.add_argument("--serving-rounds", type=int, default=15, help="rounds within a process that serves")
    arguments.add_argument("--before", type=pathlib.Path, help="benchmarks.jar of another build of the library, with its lib/")
    arguments.add_argument("--before-class", default="org.mtl4j.benchmarks.SideBySide")
    arguments.add_argument("--growth", choices=list(GROWTH))
    given = arguments.parse_args()
    jar = HERE / "target" / "benchmarks.jar"
    if not jar.exists():
        sys.exit(f"{jar} is missing: ./mvnw -DskipTests package")
    path = os.pathsep.join([str(jar), str(HERE / "target" / "lib" / "*")])
    heap = "-Xmx64m"  # of all sides that are Java: numbers of networks lie elsewhere
    java = ["java", "-XX:+UseSerialGC", heap, "-Dorg.bytedeco.javacpp.maxphysicalbytes=8g", "-cp", path,
            "org.mtl4j.benchmarks.SideBySide"]
    sides = {"library": java + ["library", given.sharing]}
    if given.before:
        before = os.pathsep.join([str(given.before), str(given.before.parent / "lib" / "*")])
        sides["before"] = java[:-2] + [before, given.before_class, "library", given.sharing]
    if not given.without_stock and given.sharing != "ADULT":
        sides["stock"] = java + ["stock", given.sharing]
    python = given.python or next((p for p in [sys.executable, "/usr/bin/python3"] if has_torch(p)), None)
    if python:
        sides["pytorch"] = [python, str(HERE / "pytorch_side.py"), given.sharing]
    else:
        print("no interpreter with PyTorch found: left out")
    djl = HERE / "djl" / "target"
    if (djl / "djl-side.jar").exists() and not given.without_djl:
        sides["djl"] = ["java", "-XX:+UseSerialGC", heap, "-XX:ErrorFile=/dev/null", "-Dai.djl.offline=true",
                        "-Dai.djl.pytorch.num_interop_threads=1",
                        f"-Dai.djl.pytorch.num_threads={given.threads}", "-cp",
                        os.pathsep.join([str(djl / "djl-side.jar"), str(djl / "lib" / "*")]),
                        "org.mtl4j.benchmarks.djl.DjlSide", given.sharing]
    elif not given.without_djl:
        print("DJL is not built, and left out: ./mvnw -q -f benchmarks/djl package")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "OPENBLAS_", "DNNL_"))}
    plain["OMP_NUM_THREADS"] = str(given.threads)
    passive = dict(plain, OMP_WAIT_POLICY="passive")
    if given.kernels:
        passive["OPENBLAS_CORETYPE"] = given.kernels
    environments = {side: plain if side in ("pytorch", "djl") else passive for side in sides}
    if given.growth:
        print(processor())
        named = {"library": java[:2] + ["-Xmx256m"] + java[3:-1] + ["org.mtl4j.benchmarks.CostGrowth"]}
        named.update((side, sides[side][:-1]) for side in ("djl", "pytorch") if side in sides)
        growth(named, environments, GROWTH[given.growth], given.rounds)
        return
    results = {side: [] for side in sides}
    names = {side: [] for side in sides}
    for r in range(given.rounds):
        for side, command in sides.items():
            results[side].append(run(command, environments[side], names[side]))
            print(f"round {r + 1}, {side}: {results[side][-1]}", flush=True)
    print(f"\n{processor()}")
    for side, said in names.items():
        print(f"{side} is {' / '.join(dict.fromkeys(said)) or 'of an earlier build, which does not say what it is'}")
    print(f"\n{given.sharing}, {given.threads} threads, {given.rounds} rounds: library / other, median (smallest to largest)")
    for other in sides:
        if other == "library":
            continue
        print(f"\n| against {(names[other] or [other])[0]} | ratio |\n| --- | --- |")
        for what in results["library"][0]:
            # A peer has no predictor of its own: its prediction is what a service would call.
            theirs = what if what in results[other][0] else what.replace("predictor", "predict")
            ratios = sorted(a[what] / b[theirs] for a, b in zip(results["library"], results[other]))
            print(f"| {what} | {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) |")
    if not given.without_serving and given.sharing != "ADULT":
        command = ["java", "-XX:+UseSerialGC", "-Xmx1g", "-cp", path, "org.mtl4j.benchmarks.ServingCost", "ratios",
                   str(given.serving_rounds)]
        serving(command, passive, given.rounds)


main()
