from lms.evidence.data_versions import fold_versions
from lms.jobs.registry import sweeper

sweeper("jobs.data_versions")(fold_versions)
