"""Writes dropout.json: which numbers of a batch are kept, by SplitMix64 in Python's integers.

A seed for each example is mixed of the key and the example's place in the whole batch; each 64 bits that follow decide
about two numbers, the lower half first, which are kept where they are below the probability times 2 ** 32.
Run here: python3 dropout.py
"""
import json

MASK = (1 << 64) - 1
GAMMA = 0x9E3779B97F4A7C15


def finalised(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def mix(seed):
    return finalised((seed + GAMMA) & MASK)


def kept(key, example, numbers, keep):
    state = mix((mix(key & MASK) + example) & MASK)
    result = []
    for i in range(numbers):
        if i % 2 == 0:
            state = (state + GAMMA) & MASK
            bits = finalised(state)
        half = bits & 0xFFFFFFFF if i % 2 == 0 else bits >> 32
        result.append(1 if half < round(keep * 2**32) else 0)
    return result


cases = []
for key, first, examples, numbers, keep in [(0, 0, 3, 7, 0.5), (-5, 1000, 4, 12, 0.7), (1 << 60, 3, 2, 1, 0.1)]:
    cases.append({
        "key": key, "first": first, "keep": keep,
        "kept": [kept(key, first + n, numbers, keep) for n in range(examples)],
    })
with open("dropout.json", "w") as out:
    json.dump(cases, out)
    out.write("\n")
