"""The pool of earlier fakes, as CycleGAN's critics see it."""

import torch

from gan_demo.losses.pool import Pool


def marked(*marks: float) -> torch.Tensor:
    """A picture of one level for each mark."""
    return (
        torch.tensor(marks, dtype=torch.float32).view(-1, 1, 1, 1).expand(-1, 3, 8, 8).contiguous()
    )


def test_while_it_fills_it_gives_back_what_it_gets():
    pool, x = Pool(4, 3, 8), marked(1, 2, 3, 4)
    assert torch.equal(pool(x), x)
    assert int(pool.count) == 4


def test_once_full_it_gives_back_about_half_from_the_store_and_keeps_the_new():
    torch.manual_seed(0)
    pool = Pool(50, 3, 8)
    pool(marked(*range(50)))
    old, swapped = set(range(50)), 0
    for i in range(50, 450):
        (given,) = pool(marked(i))[:, 0, 0, 0].tolist()
        if given != i:
            swapped += 1
            assert given in old  # each stored picture comes out once
            old = (old - {given}) | {i}
    assert 160 < swapped < 240
    kept = pool.kept.view(torch.float32).view(50, 3, 8, 8)
    assert {v.item() for v in kept[:, 0, 0, 0]} == old


def test_a_pool_of_none_is_the_identity():
    x = marked(1, 2)
    assert Pool(0, 3, 8)(x) is x


def test_its_contents_are_exact_and_survive_saving_and_channels_last():
    torch.manual_seed(1)
    pool, x = Pool(2, 3, 8), torch.randn(2, 3, 8, 8)
    pool.to(memory_format=torch.channels_last)(x)
    again = Pool(2, 3, 8)
    again.load_state_dict(pool.state_dict())
    kept = again.kept.view(torch.float32).view_as(x)
    assert torch.equal(kept, x)
    assert not any(v.is_floating_point() for v in again.state_dict().values())  # no average


def test_pictures_of_another_size_are_left_out():
    torch.manual_seed(2)
    small, large = Pool(2, 3, 8), Pool(2, 3, 16)
    small(marked(1, 2))
    large.load_state_dict(small.state_dict())
    assert int(large.count) == 0
    x = torch.randn(2, 3, 16, 16)
    assert torch.equal(large(x), x)
    assert torch.nn.ModuleList([large]).load_state_dict({}, strict=False).missing_keys


def test_what_is_kept_as_other_numbers_is_left_out():
    kept = Pool(2, 3, 8)
    kept(marked(1, 2))
    state = kept.state_dict()
    state["kept"] = state["kept"].int()
    other = Pool(2, 3, 8)
    other.load_state_dict(state)
    assert int(other.count) == 0
