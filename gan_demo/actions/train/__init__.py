"""Train a model on pictures of one's own, and watch it learn.

doctor     what the pictures are like, and what to expect of so many
uploads    pictures sent to the page -> a zip that stays
plan       recipe, effort, side -> the words behind `python -m train`
trial      twenty real steps -> how long the plan takes
workshop   where the pictures come from and the runs go
runs       trainings as processes of their own: start, pause, go on, delete
course     how a run went so far: curves, speed, time left, sheets
"""
