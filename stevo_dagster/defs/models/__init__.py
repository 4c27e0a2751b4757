"""Group `models`: training, evaluation and the champion."""
