"""Class hours that staff credit: what a day holds, and what an entry would change."""
