"""The other models of the field, small, each behind the same interface as ours.

The way through: `neighbours` (KNN over users and over places) stands alone.  The networks share all
but their middle: `inputs` makes windows of a user's events tensors, `network` holds embeddings and
heads around an encoder (`recurrent`: LSTM, GRU and ST-LSTM; `attention`: SASRec and BERT4Rec),
`pieces` cuts the train rows into batches without padding waste, `softmax` is the loss over all
places, `loop` trains and goes on training, `model` answers and explains,
`packing` makes any of them values and tensors for a checkpoint.
"""
