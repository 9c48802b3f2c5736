"""What the server keeps of each page that is open."""

import tracemalloc

from gradio.state_holder import SessionState

from gan_demo.tabs import serve

MOST = 400  # kB; with Gradio's descriptions three times as much


def test_a_session_is_small_and_what_was_shown_is_not_kept(checkpoints):
    demo = serve.build([str(checkpoints)])
    assert all(part["props"] for part in demo.get_config_file()["components"])
    SessionState(demo)  # what is made once is not counted
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        session = SessionState(demo)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < MOST * 1000
    for key in session.blocks_config.blocks:
        session._update_value_in_config(key, "what was shown")
    assert not any(session.config_values.values())
