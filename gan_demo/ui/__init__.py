"""What the tabs share. Gradio is imported here and in `gan_demo.tabs` only."""
