"""Makes test/golden/bbob.json: values of the 24 noiseless BBOB functions by the packages coco-experiment and ioh of PyPI.

    pip install coco-experiment==2.8.2 ioh==0.4.2 && python make_bbob.py bbob.json
"""
import json, math, sys
import cocoex
import ioh

DIMENSIONS, INSTANCES, POINTS = [2, 5, 10, 40], [1, 2, 7], 3


def point(k, dimension, function):
    """Point k; the last lies partly outside the domain, where f5 has no single definition."""
    reach = 6 if k == POINTS - 1 and function != 5 else 5
    return [reach * (2 * ((i + 1) * (k + 1) * 0.6180339887498949 % 1) - 1) for i in range(dimension)]


suite = cocoex.Suite("bbob", "", "")
values, minima, worst = {}, {}, 0
for function in range(1, 25):
    for dimension in DIMENSIONS:
        for instance in INSTANCES:
            coco = cocoex.Suite("bbob", f"instances:{instance}", f"dimensions:{dimension} function_indices:{function}")[0]
            other = ioh.get_problem(function, instance, dimension)
            key = f"{function} {dimension} {instance}"
            xs = [point(k, dimension, function) for k in range(POINTS)]
            values[key] = [coco(x) for x in xs]
            minima[key] = other.optimum.y
            for x, value in zip(xs, values[key]):
                worst = max(worst, abs(other(x) - value) / max(1, abs(value)))
            at = coco(list(other.optimum.x))
            worst = max(worst, abs(at - other.optimum.y))
print("largest difference of the two packages:", worst, file=sys.stderr)
origin = "coco-experiment 2.8.2 and ioh 0.4.2 (minima) of PyPI, by test/golden/make_bbob.py"
with open(sys.argv[1], "w") as file:
    lines = ",\n".join(f'  {json.dumps(key)}: {json.dumps([minima[key], *values[key]])}' for key in values)
    file.write('{\n "origin": ' + json.dumps(origin) + ',\n "values": {\n' + lines + "\n }\n}\n")
