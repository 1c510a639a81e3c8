"""Writes the fixtures of Tests/RunsTests: run `python Tools/goldens/runs_fixtures.py` from the package root.

Made with Python 3.11, numpy 2.4.6, safetensors 0.8.0, tensorboard 2.21.0 (printed when run); no seed: every
number is written out below.
"""

import os

import numpy
import safetensors
import safetensors.numpy
import tensorboard

FOLDER = "Tests/RunsTests/Fixtures"


def tensors():
    """One tensor of each element type, with the values that are easy to get wrong."""
    halves = [0.0, -0.0, 1.0, -2.5, 65504.0, 6.1e-5, 6e-8, numpy.inf, -numpy.inf]
    return {
        "f32": numpy.array([[1.5, -2.25, 1e-40], [3e38, 0.1, -0.0]], numpy.float32),
        "f64": numpy.array([0.1, -1e300, 1e-320], numpy.float64),
        "f16": numpy.array(halves, numpy.float16),
        "i64": numpy.array([[0, -1], [2147483647, -2147483648]], numpy.int64),
        "i64.large": numpy.array([1 << 40], numpy.int64),
        "i32": numpy.array([7, -8], numpy.int32),
        "u8": numpy.array([0, 128, 255], numpy.uint8),
        "bool": numpy.array([True, False, True]),
        "scalar": numpy.array(42.0, numpy.float32),
        "empty": numpy.zeros((0, 3), numpy.float32),
    }


def event_file():
    """A record of each kind that Atelier writes, framed by TensorBoard's own writer."""
    from tensorboard.compat.proto import event_pb2, summary_pb2
    from tensorboard.summary.writer.record_writer import RecordWriter

    events = [
        event_pb2.Event(wall_time=1000.5, file_version="brain.Event:2"),
        event_pb2.Event(
            wall_time=1001.25,
            step=17,
            session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START),
        ),
        event_pb2.Event(
            wall_time=1002.0,
            step=17,
            summary=summary_pb2.Summary(
                value=[
                    summary_pb2.Summary.Value(tag="loss/discriminator", simple_value=0.625),
                    summary_pb2.Summary.Value(tag="loss/generator", simple_value=-3.5),
                ]
            ),
        ),
        event_pb2.Event(
            wall_time=1003.0,
            step=18,
            summary=summary_pb2.Summary(
                value=[
                    summary_pb2.Summary.Value(
                        tag="samples",
                        image=summary_pb2.Summary.Image(
                            height=2, width=3, colorspace=3, encoded_image_string=b"not a png"
                        ),
                    )
                ]
            ),
        ),
    ]
    with open(os.path.join(FOLDER, "golden.tfevents"), "wb") as file:
        writer = RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString())


if __name__ == "__main__":
    print(safetensors.__version__, numpy.__version__, tensorboard.__version__)
    safetensors.numpy.save_file(
        tensors(), os.path.join(FOLDER, "python.safetensors"), metadata={"made by": "Python \u00e9\"\\"}
    )
    event_file()
