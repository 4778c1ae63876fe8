"""Finetuning: the text encoder learns what tells two pictures apart, on stored image vectors.

Only the text side changes, so a trained encoder is live on the whole library at once. A run is a folder
(`engine.training.runs`) and a process of its own (`engine.train`):

    recipes        what to train and how, as TOML
    pairs          difference sentences and image vectors, split by image, frozen into the run's folder
    towers         the trainable part of a text encoder: its own weights, or a low-rank map behind it
    objective      the losses
    optimizing     one step; many processes; batches that do not fit into memory
    loop           the training itself, from the first step to the last
    evaluation     how often the sentences are right about pictures that were not trained on
    errors         the named problems
    checkpoints    one file: weights, optimizer, state
    export         the trained encoder as a model, at any strength
    runs           the folders: plan, start, follow, list
"""
