"""Golden of the event files: python3 packages/training/test/goldens/events.py (after `pip install tensorboard`).

Records as TensorBoard's own writer makes them, of events as its own protocol buffers encode them.
"""
import base64
import io
import json
import pathlib

import google.protobuf
import tensorboard
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

scalars = [{"batch/loss": 0.625, "batch/learningRate": 0.001}, {"épreuve/Δ": -1.5, "a": 3e38, "b": 0.0}, {"nan": float("nan"), "inf": float("-inf")}]
seconds = [1700000000.125, 1.5, 1764136800.9995117, 2.5, 1700000001.0]
events = [
    Event(wall_time=seconds[0], file_version="brain.Event:2"),
    Event(wall_time=seconds[1], step=301, session_log=SessionLog(status=SessionLog.START)),
    *[
        Event(wall_time=second, step=step, summary=Summary(value=[Summary.Value(tag=t, simple_value=v) for t, v in one.items()]))
        for second, step, one in zip(seconds[2:], [1, 127, 2**40 + 7], scalars)
    ],
]
records = []
for event in events:
    file = io.BytesIO()
    RecordWriter(file).write(event.SerializeToString())
    records.append(base64.b64encode(file.getvalue()).decode())
golden = {
    "made": {
        "command": "python3 packages/training/test/goldens/events.py",
        "tensorboard": tensorboard.__version__,
        "protobuf": google.protobuf.__version__,
    },
    "seconds": seconds,
    "records": records,
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
