"""Zero-shot classes, and words for what tells two of them apart (comparative prompting, arXiv 2409.09721, Eq. 3).

    sets         class sets: names, prompts, comparatives; typed, checked, light
    files        class sets as TOML
    errors       the named problems
    prompts      classes -> unit vectors, over an ensemble of templates
    comparing    comparatives -> moved class vectors: the paper's averaged form, and a symmetric one
    scoring      images x classes in blocks: label, probability, margin, expected confusion
    labels       what is known: labels from folders, a table, corrections by hand
    figures      accuracy with its interval, per class, confusion, what a change gained
    alphas       the figures along alpha, and the alpha that a validation split chooses
    control      the same change made with random words
    drafting     comparatives proposed: pairs by expected confusion, phrases by what separates the two groups
    classifying  the job: a library, a class set -> labels

Nothing here runs by itself: the engine process, the command line and `pairlens evaluate` call it. The doors for others
are `prompts.class_vectors`, `scoring.zero_shot`, `comparing.comparative_prompting`.
"""
