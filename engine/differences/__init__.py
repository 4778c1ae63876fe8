"""Sentences that say how one image differs from another, first image first.

    pairs     which images to compare
    words phrases chunks scene rules   the writer that needs no model: captions -> what they say -> statements
    asking    the writer that asks a local language model
    filters   tests that a sentence has to pass, whoever wrote it
    writing   the job: pairs, a writer, the filters, the library
    files     import and export

Started by `pairlens differences` and by the engine's jobs.
"""
