"""What the environment says to Gradio ends no start in a traceback."""

import argparse
import os
import socket
import subprocess
import sys

import pytest
from small import ROOT

from gan_demo.tabs import serve
from gan_demo.ui import surroundings

SOCKS = "socks5h://127.0.0.1:9"


def imported(then="", **environment):
    """The page's modules, imported by a process of its own."""
    command = [sys.executable, "-c", f"import gan_demo.tabs.serve\n{then}"]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True
    )


def test_a_proxy_of_another_kind_does_not_keep_gradio_from_being_imported():
    done = imported(ALL_PROXY=SOCKS, http_proxy="no proxy:at all")
    assert done.returncode == 0, done.stderr[-300:]


def test_what_the_page_never_needs_is_not_imported():
    never = "pyarrow", "matplotlib", "scipy", "sklearn", "torchvision"
    done = imported(f"import sys; print([name for name in {never} if name in sys.modules])")
    assert done.stdout == "[]\n", done.stderr[-300:]
    assert imported("import pyarrow.parquet, pandas; pandas.DataFrame()").returncode == 0


def test_a_proxy_that_cannot_be_used_is_left_out_and_named(monkeypatch, capsys):
    monkeypatch.setenv("http_proxy", "proxy.example:3128")
    monkeypatch.setenv("https_proxy", "ftp://proxy")
    surroundings.prepare()
    assert os.environ["http_proxy"] == "proxy.example:3128" and "https_proxy" not in os.environ
    assert capsys.readouterr().out.startswith("The proxy in https_proxy is left out: ")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GRADIO_SERVER_PORT", "abc", "'abc' is no port"),
        ("GRADIO_SERVER_PORT", "70000", "no port"),
        ("GRADIO_TEMP_DIR", __file__, "is a file: choose another folder"),
    ],
)
def test_what_gradio_would_stumble_over_is_a_sentence(monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=said):
        surroundings.prepare()


@pytest.mark.parametrize("given", ["-1", "0", "70000", "abc", "9" * 5000])
def test_a_number_that_is_no_port_is_told(monkeypatch, capsys, given):
    monkeypatch.setattr(sys, "argv", ["app.py", f"--port={given}"])
    with pytest.raises(SystemExit):
        serve.main()
    assert "is no port: choose a number from 1 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("given", ["8.8.8.8", "no.such.host.invalid", "a" * 300, "fe80::1:2:3"])
def test_an_address_of_another_machine_is_told(given):
    with pytest.raises(argparse.ArgumentTypeError, match="is no address of this machine"):
        serve.host(given)


def test_an_address_is_in_the_form_that_gradio_wants():
    assert serve.host("127.0.0.1") == "127.0.0.1"
    if socket.has_ipv6:
        assert serve.host("::1") == serve.host("[::1]") == "[::1]" and serve.local("[::1]")
