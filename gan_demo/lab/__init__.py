"""The experiment that shows in the plane why translation wants a loss in both directions.

mixtures -> games -> scores, and a drawing of each state: no picture, no checkpoint, one core.
`kept` is a run that has ended.
"""
