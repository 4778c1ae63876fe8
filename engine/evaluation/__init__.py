"""Measuring models: how often words are right about labelled images, by rule, before and after finetuning.

    tasks        what is measured, as a TOML file; bundled lists those that come with the program
    layouts      labelled images as public data sets lay them out; matlab reads the .mat files of one of them
    vectors      the images of a task under an image encoder
    pairing      which pairs are asked about, and what is truly said of each
    asking       what is said -> a direction, by every rule; rules names them
    comparing    difference-based classification, with its controls
    naming       zero-shot classification, comparative prompting
    geometry     whether a difference in words lies along the difference that it describes
    statistics   standard errors, tests between models
    subjects     the models that are measured, and a run along the path of weight averaging
    measuring    all of it, as one job
    report       the result for people; charts draws its plots, documents writes it down as HTML or Markdown

Started by `pairlens evaluate` and by the window's Evaluate page (`engine.evaluation_messages`).
"""
