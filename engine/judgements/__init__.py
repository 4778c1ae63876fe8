"""What people said about pairs of images, and the order that follows from it: a Bayesian Bradley-Terry model.

    likelihood   how likely an answer is, given how far apart two images are
    evidence     how probable answers are under a prior
    laplace      the mode of the posterior and its curvature, by Newton's method
    posterior    answers on vectors -> what is known about every image, answer by answer
    scales       how much the words, the vectors and each image's own share may say, left-out answers
    following    the posterior kept up with answers as they come and go; long fits on a thread beside
    questions    the next pairs to ask, by expected information
    standing     how sure the leading images are, cycles among the answers, where the order comes from
    ranks        between which places each image lies
    panel        one attribute of a library, kept ready while somebody judges
    desk         the panel of the attribute asked about last: for the engine process and the command line
    answers      what the engine process answers; changes: what it writes
    table        judgements as CSV

Nothing here runs by itself: the engine process and the command line call `desk` and `table`.
"""
