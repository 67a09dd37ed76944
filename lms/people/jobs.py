from lms.jobs.registry import handler

from .services.uploads import APPLY, CHECK, run_upload

handler(CHECK)(run_upload)
handler(APPLY)(run_upload)
