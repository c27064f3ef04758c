"""Answers on standard input: `conv <channels> <size>` and `roi` read inputs from the folder, `<what> <repetitions>` times them.

python3 reference.py <folder> <threads>
"""
import json
import sys
import time

import numpy
import torch
import torchvision

folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)


def read(name, *shape):
    values = numpy.fromfile(f"{folder}/{name}", numpy.float32).reshape(shape)
    return torch.from_numpy(values)


def planes(tensor):
    return tensor.permute(0, 3, 1, 2).contiguous()


def answer(value):
    print(json.dumps(value), flush=True)


answer({"torch": torch.__version__, "torchvision": torchvision.__version__})
work = {}
for line in sys.stdin:
    what, *numbers = line.split()
    if what == "conv":
        channels, size = map(int, numbers)
        x = planes(read("x", 1, size, size, channels))
        weight = read("filter", 3, 3, channels, channels).permute(3, 2, 0, 1).contiguous()
        offset = planes(read("offset", 1, size, size, 18))
        mask = planes(read("mask", 1, size, size, 9))
        dy = planes(read("dy", 1, size, size, channels))

        def convolve(*inputs):
            image, taps, places, factors = inputs
            return torchvision.ops.deform_conv2d(image, places, taps, None, padding=1, mask=factors)

        def forward():
            with torch.no_grad():
                return [convolve(x, weight, offset, mask)]

        def both():
            inputs = [tensor.clone().requires_grad_() for tensor in (x, weight, offset, mask)]
            value = convolve(*inputs)
            value.backward(dy)
            return [value.detach(), *(tensor.grad for tensor in inputs)]

        work = {"forward": forward, "both": both}
        answer(0)
    elif what == "roi":
        image = planes(read("x", 1, 64, 64, 256))
        rois = read("rois", 512, 5)

        def align():
            with torch.no_grad():
                return [torchvision.ops.roi_align(image, rois, (7, 7), 1 / 16, 2, True)]

        work = {"align": align}
        answer(0)
    else:
        began = time.perf_counter()
        for _ in range(int(numbers[0])):
            results = work[what]()
        answer(1000 * (time.perf_counter() - began) / int(numbers[0]))
        for k, result in enumerate(results):
            if result.dim() == 4:
                order = (2, 3, 1, 0) if k == 2 else (0, 2, 3, 1)
                result = result.permute(*order)
            result.contiguous().numpy().tofile(f"{folder}/result{k}")
        answer(0)
