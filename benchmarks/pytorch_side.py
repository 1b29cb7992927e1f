"""The network of compare.py in PyTorch; prints the same lines as the Java side.

usage: pytorch_side.py NOTHING|STITCHES|STITCHES_AND_RELATEDNESS
"""
import resource
import sys
import time

import torch
from torch import nn

CHANNELS, KERNELS, POOLS, SIZE, BATCH = [20, 40, 60, 80], [4, 3, 3, 2], 3, 39, 128


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        inputs = [1] + CHANNELS
        self.conv = nn.ModuleList(nn.Conv2d(inputs[i], CHANNELS[i], KERNELS[i]) for i in range(4))
        self.fc = nn.Linear(CHANNELS[-1] * 4, 120)
        self.out = nn.Linear(120, 10)


class Network(nn.Module):
    def __init__(self, stitched):
        super().__init__()
        self.towers = nn.ModuleList([Tower(), Tower()])
        start = torch.tensor([[0.9, 0.1], [0.1, 0.9]]).view(2, 2, 1, 1, 1)
        self.alpha = nn.ParameterList(
            [nn.Parameter(start.repeat(1, 1, c, 1, 1)) for c in CHANNELS] if stitched else [])

    def forward(self, x):
        a = [x, x]
        for i in range(4):
            a = [torch.relu(self.towers[t].conv[i](a[t])) for t in range(2)]
            if i < POOLS:
                a = [torch.max_pool2d(v, 2) for v in a]
            if self.alpha:
                m = self.alpha[i]
                a = [m[s, 0] * a[0] + m[s, 1] * a[1] for s in range(2)]
        return [self.towers[t].out(torch.relu(self.towers[t].fc(a[t].flatten(1)))) for t in range(2)]

    def relatedness(self):
        first, second = self.towers
        pairs = list(zip(first.conv, second.conv)) + [(first.fc, second.fc)]
        return sum(((p.weight - q.weight) ** 2).sum() for p, q in pairs)


def measure(name, images, times, work, rounds=7, warm_up=5):
    speeds = []
    for r in range(-warm_up, rounds):
        start = time.perf_counter()
        for _ in range(times):
            work()
        if r >= 0:
            speeds.append(images * times / (time.perf_counter() - start))
    print(name, round(sorted(speeds)[rounds // 2], 1))


def main():
    sharing = sys.argv[1]
    blas = "MKL" if torch.backends.mkl.is_available() else "another BLAS than MKL"
    print("is PyTorch", torch.__version__, "of", sys.executable, "with", blas)
    torch.manual_seed(1)
    net = Network(sharing != "NOTHING")
    adam = torch.optim.Adam(net.parameters(), 1e-3)
    x, one = torch.rand(BATCH, 1, SIZE, SIZE), torch.rand(1, 1, SIZE, SIZE)
    labels = [torch.rand(BATCH, 10), torch.rand(BATCH, 10)]

    def step():
        adam.zero_grad()
        loss = sum(((p - y) ** 2).mean() for p, y in zip(net(x), labels))
        if sharing == "STITCHES_AND_RELATEDNESS":
            loss = loss + 1e-3 * net.relatedness()
        loss.backward()
        adam.step()

    def predict(batch):
        with torch.inference_mode():
            net(batch)

    measure("train", BATCH, 12, step)
    net.eval()
    measure("predict128", BATCH, 20, lambda: predict(x))
    measure("predict1", 1, 200, lambda: predict(one))
    print("megabytes", round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1))


main()
