"""Makes small .pth files with PyTorch, in both formats, and one that would execute something.

    python Tools/goldens/make_pth_fixtures.py

PyTorch 2.13. Writes zip.pth, legacy.pth, nested.pth and hostile.pth in Tests/RunsTests/Fixtures.
"""

import collections
import pathlib

import torch

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests/RunsTests/Fixtures"

ramp = torch.arange(24.0) / 8 - 1
state = collections.OrderedDict({
    "conv.weight": ramp.reshape(2, 3, 2, 2),
    "conv.bias": torch.nn.Parameter(torch.tensor([0.5, -2.0])),
    "turned": ramp.reshape(6, 4).T,
    "part": ramp[8:12],
    "half": torch.tensor([0.25, -3.0], dtype=torch.float16),
    "scalar": torch.tensor(7.0, dtype=torch.float64),
    "count": torch.tensor([1 << 20]),
    "bytes": torch.tensor([1, 2, 255], dtype=torch.uint8),
})


class Toucher:
    """What Python would do on loading: leave a file behind."""

    def __reduce__(self):
        return open, ("/tmp/atelier-pickle-was-executed", "w")


torch.save(state, FOLDER / "zip.pth")
torch.save(state, FOLDER / "legacy.pth", _use_new_zipfile_serialization=False)
torch.save({"epoch": 3, "best": 0.25, "note": None, "state_dict": state,
            "optimizer": {"param_groups": [{"lr": 1e-3, "betas": (0.9, 0.999), "amsgrad": False}]}},
           FOLDER / "nested.pth")
torch.save({"weight": torch.ones(2), "toucher": Toucher()}, FOLDER / "hostile.pth")
for path in sorted(FOLDER.glob("*.pth")):
    print(path.name, path.stat().st_size, "bytes")
