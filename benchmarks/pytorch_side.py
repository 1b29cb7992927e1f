"""The networks of compare.py in PyTorch; prints the same lines as the Java side.

usage: pytorch_side.py NOTHING|STITCHES|STITCHES_AND_RELATEDNESS|ADULT
       pytorch_side.py TOWERS BATCH PIXELS    (as CostGrowth: milliseconds of a training step, megabytes)
"""
import resource
import sys
import time

import torch
from torch import nn

CHANNELS, KERNELS, POOLS, SIZE, BATCH = [20, 40, 60, 80], [4, 3, 3, 2], 3, 39, 128

# AdultNetwork: codes of the categories, numbers, embedding, layers, towers' layers, tasks, classes, rows of a batch
CATEGORIES, NUMBERS, DIMENSION = [75, 10, 18, 16, 8, 7, 4, 43], 5, 16
TRUNK, TOWER, TASKS, CLASSES, ROWS = [128, 128], [64, 32], 2, 2, 256


def flat(size):
    for i, kernel in enumerate(KERNELS):
        size -= kernel - 1
        size = size // 2 if i < POOLS else size
    return CHANNELS[-1] * size * size


class Tower(nn.Module):
    def __init__(self, size):
        super().__init__()
        inputs = [1] + CHANNELS
        self.conv = nn.ModuleList(nn.Conv2d(inputs[i], CHANNELS[i], KERNELS[i]) for i in range(4))
        self.fc = nn.Linear(flat(size), 120)
        self.out = nn.Linear(120, 10)


class Network(nn.Module):
    def __init__(self, stitched, towers=2, size=SIZE):
        super().__init__()
        self.towers = nn.ModuleList([Tower(size) for _ in range(towers)])
        other = 0.1 / max(1, towers - 1)
        start = (torch.eye(towers) * (0.9 - other) + other).view(towers, towers, 1, 1, 1)
        self.alpha = nn.ParameterList(
            [nn.Parameter(start.repeat(1, 1, c, 1, 1)) for c in CHANNELS] if stitched and towers > 1 else [])

    def forward(self, x):
        towers = range(len(self.towers))
        a = [x for _ in towers]
        for i in range(4):
            a = [torch.relu(self.towers[t].conv[i](a[t])) for t in towers]
            if i < POOLS:
                a = [torch.max_pool2d(v, 2) for v in a]
            if len(self.alpha):
                m = self.alpha[i]
                a = [sum(m[s, t] * a[t] for t in towers) for s in towers]
        return [self.towers[t].out(torch.relu(self.towers[t].fc(a[t].flatten(1)))) for t in towers]

    def relatedness(self):
        total = 0
        for s, first in enumerate(self.towers):
            for second in self.towers[s + 1:]:
                pairs = list(zip(first.conv, second.conv)) + [(first.fc, second.fc)]
                total = total + sum(((p.weight - q.weight) ** 2).sum() for p, q in pairs)
        return total


class Table(nn.Module):
    """The embeddings of all categories are one table, which is one operation in place of eight."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(sum(CATEGORIES), DIMENSION)
        self.trunk, width = self.layers(len(CATEGORIES) * DIMENSION + NUMBERS, TRUNK)
        self.tops = nn.ModuleList(
            nn.Sequential(self.layers(width, TOWER)[0], nn.Linear(TOWER[-1], CLASSES)) for _ in range(TASKS))

    @staticmethod
    def layers(width, units):
        parts = []
        for unit in units:
            parts += [nn.Linear(width, unit), nn.ReLU()]
            width = unit
        return nn.Sequential(*parts), width

    def forward(self, codes, numbers):
        shared = self.trunk(torch.cat([self.embedding(codes).flatten(1), numbers], 1))
        return [top(shared) for top in self.tops]


def measure(name, images, times, work, rounds=7, warm_up=5):
    speeds = []
    for r in range(-warm_up, rounds):
        start = time.perf_counter()
        for _ in range(times):
            work()
        if r >= 0:
            speeds.append(images * times / (time.perf_counter() - start))
    print(name, round(sorted(speeds)[rounds // 2], 1))


def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def training(net, loss_of):
    adam = torch.optim.Adam(net.parameters(), 1e-3)

    def step():
        adam.zero_grad()
        loss_of().backward()
        adam.step()

    return step


def faces(sharing, towers, batch, size):
    net = Network(sharing != "NOTHING", towers, size)
    x = torch.rand(batch, 1, size, size)
    labels = [torch.rand(batch, 10) for _ in range(towers)]

    def loss():
        total = sum(((p - y) ** 2).mean() for p, y in zip(net(x), labels))
        if sharing == "STITCHES_AND_RELATEDNESS":
            total = total + 1e-3 * net.relatedness()
        return total

    return net, x, training(net, loss)


def table():
    net = Table()
    first = torch.tensor([sum(CATEGORIES[:c]) for c in range(len(CATEGORIES))])
    codes = torch.stack([torch.randint(n, (ROWS,)) for n in CATEGORIES], 1) + first
    numbers = torch.randn(ROWS, NUMBERS)
    labels = [torch.randint(CLASSES, (ROWS,)) for _ in range(TASKS)]
    step = training(
        net, lambda: sum(nn.functional.cross_entropy(p, y) for p, y in zip(net(codes, numbers), labels)))
    measure("train", ROWS, 120, step)
    net.eval()

    def predict():
        with torch.inference_mode():
            net(codes, numbers)

    measure("predict256", ROWS, 120, predict)
    print("megabytes", round(megabytes(), 1))


def growth(towers, batch, size):
    net, x, step = faces("STITCHES_AND_RELATEDNESS", towers, batch, size)
    end = time.perf_counter() + 5
    while time.perf_counter() < end:
        step()
    milliseconds = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(12):
            step()
        milliseconds.append((time.perf_counter() - start) * 1e3 / 12)
    print("%.3f %.0f" % (sorted(milliseconds)[3], megabytes()))


def main():
    torch.manual_seed(1)
    if len(sys.argv) == 4:
        growth(*(int(number) for number in sys.argv[1:]))
        return
    sharing = sys.argv[1]
    blas = "MKL" if torch.backends.mkl.is_available() else "another BLAS than MKL"
    print("is PyTorch", torch.__version__, "of", sys.executable, "with", blas)
    if sharing == "ADULT":
        table()
        return
    net, x, step = faces(sharing, 2, BATCH, SIZE)
    one = torch.rand(1, 1, SIZE, SIZE)

    def predict(batch):
        with torch.inference_mode():
            net(batch)

    measure("train", BATCH, 12, step)
    net.eval()
    measure("predict128", BATCH, 20, lambda: predict(x))
    measure("predict1", 1, 200, lambda: predict(one))
    print("megabytes", round(megabytes(), 1))


main()
