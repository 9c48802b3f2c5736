"""The demo, as a checkout and a Space start it: python app.py, see `gan_demo.tabs.serve`."""

from gan_demo.tabs.serve import main

if __name__ == "__main__":
    main()
