"""Precision and threads: what there is to choose from, and that measuring changes nothing."""

import os
import subprocess
import sys

import torch
from small import ROOT, run, same

from train import hardware, state


def test_measuring_changes_no_number(tmp_path, pictures, monkeypatch, capsys):
    plain = run(tmp_path, pictures, "steps=4", "name=plain", "precision=no")
    monkeypatch.setattr(hardware, "WORTH", 2)
    monkeypatch.setattr(
        hardware, "precision", lambda wanted: "bf16" if wanted == "auto" else wanted
    )
    times = iter([0.2, 0.1])
    measured = hardware.seconds
    monkeypatch.setattr(hardware, "seconds", lambda *of: measured(*of) * 0 + next(times))
    parts = run(tmp_path, pictures, "steps=4", "name=parts", "until=2")
    told = "A step takes bf16 on 1 thread 0.2 s, float32 on 1 thread 0.1 s"
    assert f"{told}: float32 on 1 thread is chosen." in capsys.readouterr().out
    run(tmp_path, pictures, "steps=4", "name=parts")  # keeps it: nothing more is measured
    a, b = (state.load(r.folder / "state.pt") for r in (plain, parts))
    assert b["precision"] == "no" and same(a["system"], b["system"])


def test_setups_are_those_that_the_machine_has(monkeypatch):
    cpu = torch.device("cpu")
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    assert list(map(str, hardware.setups("auto", 0, cpu))) == [
        "bf16 on 4 threads",
        "bf16 on 1 thread",
        "float32 on 4 threads",
        "float32 on 1 thread",
    ]
    assert list(map(str, hardware.setups("no", 2, cpu))) == ["float32 on 2 threads"]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    emulated = lambda including_emulation=True: including_emulation  # noqa: E731
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", emulated)
    assert hardware.precision("auto") == "no"


def test_no_letter_is_worth_a_crash():
    code = "import train; print('σ → ±')"
    plain = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=plain, capture_output=True)
    assert done.returncode == 0 and done.stdout == rb"\u03c3 \u2192 \xb1" + os.linesep.encode()
