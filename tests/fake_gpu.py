"""A GPU made of wood: tensors that were moved to "cuda" lie in the same memory, but meet no others.

As on a real one, an operation on tensors of both kinds is an error, and so is reading one as an
array. What a machine without a GPU can check: whether everything that meets was moved there.
"""

from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as tree

GPU, CPU = torch.device("cuda", 0), torch.device("cpu")
ASKED = torch.Tensor.device.__get__  # pyright: ignore[reportAttributeAccessIssue]
BETWEEN = (  # which look at tensors of the other side, too
    *("to", "copy_", "expand_as", "__getitem__", "__setitem__"),
    "_has_compatible_shallow_copy_type",
)
OFF = ("numpy", "__array__")


class OnGPU(torch.Tensor):
    """One that was moved there."""


class FakeGPU(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        tensors = [t for t in tree.tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)]
        there = [isinstance(t, OnGPU) for t in tensors]
        if func is ASKED or func == ASKED:
            return GPU if there[0] else CPU
        name = getattr(func, "__name__", "")
        args, kwargs, wanted = _on_cpu(name, args, dict(kwargs or {}))
        if name in OFF and any(there):
            raise TypeError("can't convert cuda:0 device type tensor to numpy.")
        if (
            name not in BETWEEN
            and len({on for on, t in zip(there, tensors, strict=True) if t.dim()}) > 1
        ):
            raise RuntimeError(f"{name}: expected all tensors to be on the same device.")
        with torch._C.DisableTorchFunctionSubclass():
            made = func(*args, **kwargs)
            first = there[0] if name in BETWEEN and there else any(there)
            return _put(made, first if wanted is None else wanted == "cuda")


def _on_cpu(name: str, args: Any, kwargs: Any) -> tuple[Any, Any, str | None]:
    """The same call on the CPU, and the kind of device that it asked for."""
    wanted = "cpu" if name == "cpu" else None
    if kwargs.get("device") is not None:
        wanted, kwargs["device"] = torch.device(kwargs["device"]).type, CPU
    if name == "to":
        for i, asked in enumerate(args[1:], 1):
            if isinstance(asked, torch.device | str):
                wanted, args = torch.device(asked).type, (*args[:i], CPU, *args[i + 1 :])
    return args, kwargs, wanted


def _put(made: Any, on: bool) -> Any:
    kind = OnGPU if on else torch.Tensor

    def put(value: Any) -> Any:
        fits = not isinstance(value, torch.Tensor) or isinstance(value, OnGPU) == on
        return value if fits else value.as_subclass(kind)

    return tree.tree_map(put, made)


@contextmanager
def plugged_in():
    """The device of a machine with one."""
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    try:
        with FakeGPU():
            yield GPU
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(False)
