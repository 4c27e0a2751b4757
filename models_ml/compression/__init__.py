"""A trained model made smaller and faster: four ways, each still behind the scorer interface.

Start from a fitted network.  `prune` takes whole heads, hidden units and coordinates out of it as
long as val hardly notices; `quantise` keeps its weights in 8 bits and multiplies in 8 bits; `onnx`
hands it to onnxruntime.  `distil` trains a smaller one on what a larger model answers.
"""
