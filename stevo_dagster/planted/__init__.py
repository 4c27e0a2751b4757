"""Do the reports find what is planted, and claim nothing where nothing is?

Belongs here: cities with a known truth, the reports' own functions on them, and the tally (one
module an idea: `marts`, `findings`, `kinds`, `families`, `cities`, `tally`). Does not belong here:
any statistic of a report (`models_ml/patterns`, `reports`) or the city (`sources/simulator`).
"""
