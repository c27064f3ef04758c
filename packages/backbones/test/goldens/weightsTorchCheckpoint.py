"""Golden of PyTorch's checkpoints: /usr/bin/python3 packages/backbones/test/goldens/weightsTorchCheckpoint.py (torch.save writes the files)."""
import base64
import collections
import io
import json
import pathlib
import tempfile
import zipfile

import torch

torch.manual_seed(43)


def number(value):
    """As JavaScript's Number reads it."""
    value = float(value)
    return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(str(value), value)


def entry(tensor):
    tensor = tensor.detach()
    return dict(shape=list(tensor.shape), values=[number(v) for v in tensor.double().flatten().tolist()])


def entries(tensors):
    return {name: entry(tensor) for name, tensor in tensors.items()}


def saved(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return base64.b64encode(buffer.getvalue()).decode()


def network():
    """Weights off their initial values, statistics and counters too: one step of training."""
    model = torch.nn.Sequential(
        collections.OrderedDict(
            conv=torch.nn.Conv2d(2, 3, (3, 2)), norm=torch.nn.BatchNorm2d(3), flat=torch.nn.Flatten(), fc=torch.nn.Linear(18, 2)
        )
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.8, 0.99))
    model(torch.randn(4, 2, 5, 3)).square().mean().backward()
    optimizer.step()
    return model, optimizer


def views():
    """Tensors of one storage and of every type, as slices, transposes and repeats of it."""
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 4
    return dict(
        whole=base,
        transposed=base.t(),
        rows=base[1:3],
        columns=base[:, 2::3],
        turned=base.reshape(2, 2, 6).permute(2, 0, 1),
        repeated=base[1, 4].expand(3, 2),
        scalar=torch.tensor(2.5),
        empty=torch.zeros(3, 0),
        one=base[2:3, 5:6],
        half=(base[:2, :3] / 3).half().t(),
        brain=(base[:2] / 3).bfloat16(),
        double=base.double()[0] / 3,
        long=torch.tensor([-(2**53) + 1, 2**53 - 1]),
        int=torch.tensor([[-(2**31)], [5]], dtype=torch.int32),
        short=torch.tensor([-(2**15), 7], dtype=torch.int16),
        char=torch.tensor([-128, 3], dtype=torch.int8),
        byte=torch.tensor([255, 4, 0], dtype=torch.uint8),
        bool=torch.tensor([[True, False, True], [True, False, False]]).t(),
        parameter=torch.nn.Parameter(base[:, :1]),
    )


def zip64(file):
    """The same archive with the fields of 64 bits that files above 4 GiB need, by Python's zipfile with a lower limit."""
    zipfile.ZIP64_LIMIT = zipfile.ZIP_FILECOUNT_LIMIT = 1
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(file))) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    return base64.b64encode(buffer.getvalue()).decode()


model, optimizer = network()
checkpoint = dict(
    epoch=300, state_dict=None, model_state_dict=model.state_dict(), optimizer_state_dict=optimizer.state_dict(), score=0.25, best=-7,
    large=2**40, note="über", size=torch.Size([3, 4]), dtype=torch.float16, flags=[True, False, None, ()], many=list(range(70000, 70003)),
)
wrapped = {f"module.{name}": tensor for name, tensor in model.state_dict().items()}
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "my net.v1.pt"
    torch.save(torch.nn.Linear(3, 2).state_dict(), path)
    linear = torch.load(path)
    by_path = base64.b64encode(path.read_bytes()).decode()

golden = dict(
    command="/usr/bin/python3 packages/backbones/test/goldens/weightsTorchCheckpoint.py",
    seed=43,
    versions=dict(torch=torch.__version__),
    state=dict(file=saved(model.state_dict()), tensors=entries(model.state_dict())),
    views=dict(file=saved(views()), tensors=entries(views())),
    checkpoint=dict(
        file=saved(checkpoint),
        moments=[{name: entry(t) for name, t in s.items()} for s in optimizer.state_dict()["state"].values()],
    ),
    wrapped=saved(wrapped),
    path=dict(file=by_path, zip64=zip64(by_path), tensors=entries(linear)),
    tensor=saved(torch.ones(2)),
    module=saved(torch.nn.Linear(1, 1)),
    legacy=saved(dict(a=torch.ones(1)), _use_new_zipfile_serialization=False),
    protocol4=saved(dict(a=torch.ones(1)), pickle_protocol=4),
    storage=saved(dict(a=torch.ones(1).storage())),
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
