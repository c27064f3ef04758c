"""Answers lines of JSON with what PyTorch needs for an operation: `torchServer.py <threads>`.

Arrays come and go as files of float32 in tfjs's layouts: images (batch, rows, columns, channels), filters
(rows, columns, in, out), of transposed convolutions (rows, columns, out, in). Times are taken here, around the
operation, after inputs are in torch's layout.
"""

import ctypes
import json
import os
import platform
import sys
import time
import traceback

import numpy as np
import torch
from torch.nn import functional as F

from torchNetworks import make_network, split_branches

torch.set_num_threads(int(sys.argv[1]))
prepared = {}
variables = ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MALLOC_MMAP_MAX_"]


def read(array):
    return torch.from_numpy(np.fromfile(array["file"], np.float32).reshape(array["shape"]))


def images(array, channels_last):
    nhwc = read(array)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    return nhwc.permute(0, 3, 1, 2).contiguous(memory_format=layout)


class Operation:
    """A function without arguments, and how its result is written."""

    def __init__(self, run, back=lambda y: y, about=None):
        self.run = run
        self.back = back
        self.about = about

    def output(self):
        return self.back(self.run())


def matrix_product(message):
    a, b = read(message["inputs"]["a"]), read(message["inputs"]["b"])
    return Operation(lambda: a @ b)


def convolution(message):
    """Forward and both gradients of any convolution; `part` is forward, input or filter."""
    inputs, channels_last = message["inputs"], message.get("channelsLast", False)
    stride, padding, dilation = message.get("stride", 1), message.get("padding", 0), message.get("dilation", 1)
    transposed, depthwise = message.get("transposed", False), message.get("depthwise", False)
    # From tfjs's order of a filter's axes to torch's, and back.
    order, inverse = ((2, 3, 0, 1), (2, 3, 0, 1)) if depthwise else ((3, 2, 0, 1), (2, 3, 1, 0))
    layout = torch.channels_last if channels_last else torch.contiguous_format
    w = read(inputs["filter"]).permute(*order).contiguous(memory_format=layout)
    x = images(inputs["x"], channels_last)
    groups = x.shape[1] if depthwise else 1
    to_nhwc = lambda y: y.permute(0, 2, 3, 1)
    if message["part"] == "forward":
        if transposed:
            return Operation(lambda: F.conv_transpose2d(x, w, stride=stride, padding=padding), to_nhwc)
        run = lambda: F.conv2d(x, w, stride=stride, padding=padding, dilation=dilation, groups=groups)
        return Operation(run, to_nhwc)
    dy = images(inputs["dy"], channels_last)
    pair = lambda n: [n, n]
    wants_input = message["part"] == "input"
    mask = [wants_input, not wants_input, False]
    backward = torch.ops.aten.convolution_backward
    sizes = (None, pair(stride), pair(padding), pair(dilation), transposed, [0, 0], groups, mask)
    run = lambda: backward(dy, x, w, *sizes)
    return Operation(run, lambda y: to_nhwc(y[0]) if wants_input else y[1].permute(*inverse))


class NetworkOperation:
    """A training step, or inference, of a network; both start from the given weights."""

    def __init__(self, message):
        inputs = dict(message["inputs"])
        channels_last = message.get("channelsLast", False)
        self.x = images(inputs.pop("images"), channels_last)
        self.masks = images(inputs.pop("masks"), channels_last)
        self.weights, self.message, self.channels_last = inputs, message, channels_last
        self.reset()
        self.about = {"trainableParameters": sum(p.numel() for p in self.model.parameters() if p.requires_grad)}

    def reset(self):
        self.model = make_network(self.message["network"], self.message["baseFilters"])
        # Strict: every weight of the network must be given, and no other; only counts of batches are not.
        given = split_branches({name: read(array) for name, array in self.weights.items()})
        counts = {name: value for name, value in self.model.state_dict().items() if value.dtype == torch.int64}
        self.model.load_state_dict({**given, **counts})
        if self.channels_last:
            self.model = self.model.to(memory_format=torch.channels_last)
        self.model.train(self.message["part"] == "step")
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=self.message["learningRate"], eps=1e-7)

    def run(self):
        if self.message["part"] == "inference":
            return self.model(self.x)
        with torch.enable_grad():
            self.optimizer.zero_grad()
            loss = F.binary_cross_entropy_with_logits(self.model(self.x), self.masks)
            loss.backward()
            self.optimizer.step()
        return loss.item()

    def output(self):
        if self.message["part"] == "inference":
            return self.run().permute(0, 2, 3, 1)
        self.reset()
        losses = [self.run() for _ in range(self.message["steps"])]
        self.reset()
        return torch.tensor(losses)


def resident(field):
    """Bytes of VmRSS (now) or VmHWM (the most so far)."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith(field))
    return int(line.split()[1]) * 1024


def peak_memory(operation, repetitions):
    before = resident("VmRSS")
    # Sets the most so far to the present.
    with open("/proc/self/clear_refs", "w") as clear:
        clear.write("5")
    for _ in range(repetitions):
        operation.run()
    return {"before": before, "peak": resident("VmHWM")}


makers = {"matMul": matrix_product, "convolution": convolution, "network": NetworkOperation}


def answer(message):
    kind = message["do"]
    if kind == "forget":
        prepared.clear()
        return {}
    if kind == "prepare":
        operation = makers[message["op"]](message)
        prepared[message["key"]] = operation
        return {"about": operation.about}
    operation = prepared[message["key"]]
    if kind == "peakMemory":
        return peak_memory(operation, message["repetitions"])
    if kind == "output":
        operation.output().contiguous().numpy().astype(np.float32).tofile(message["file"])
        return {}
    repetitions = message["repetitions"]
    began = time.perf_counter()
    for _ in range(repetitions):
        operation.run()
    return {"milliseconds": (time.perf_counter() - began) * 1e3 / repetitions}


def say(words):
    print(json.dumps(words), flush=True)


def openblas_core(files):
    """The processor that OpenBLAS takes this one for; its products' speed differs threefold with it."""
    library = next((file for file in files if "libopenblas" in file), None)
    if library is None:
        return "no OpenBLAS"
    name = ctypes.CDLL(library).openblas_get_corename
    name.restype = ctypes.c_char_p
    return name().decode()


def about():
    # Which BLAS a product runs in is the system's choice: Debian's alternatives, maybe the slow reference library.
    with open("/proc/self/maps") as maps:
        files = sorted({line.split()[-1] for line in maps if "blas" in line or "dnnl" in line})
    versions = {"torch": torch.__version__, "python": platform.python_version(), "libraries": files}
    environment = {name: os.environ.get(name, "unset") for name in variables}
    threads = torch.get_num_threads()
    return {**versions, "openblasCore": openblas_core(files), "threads": threads, "environment": environment}


say(about())
with torch.no_grad():
    for line in sys.stdin:
        try:
            say(answer(json.loads(line)))
        except Exception:
            say({"error": traceback.format_exc()})
