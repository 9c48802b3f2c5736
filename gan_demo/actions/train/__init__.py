"""Train a model on pictures of one's own, and watch it learn.

doctor     what the pictures are like, and what to expect of so many
uploads    pictures sent to the page -> a zip that stays
plan       recipe, effort, side -> the words behind `python -m train`
trial      twenty real steps -> how long the plan takes
wish       what a person asked for -> pictures looked at, and a plan
workshop   where the pictures come from and the runs go, and who may do what with them
visitors   limits on a page for others, and when all of theirs is deleted
runs       trainings as processes of their own: start, queue, pause, go on, delete
run        one of them, as its folder tells of it
process    how a process beside the page is started
course     how a run went so far: curves, speed, time left, sheets
"""
