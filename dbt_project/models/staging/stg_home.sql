select
    country,
    time_zone
from stevo_window
