from lms.jobs.registry import handler, sweeper
from lms.sheets.uploads import APPLY, CHECK, run_upload, sweep_files

handler(CHECK)(run_upload)
handler(APPLY)(run_upload)


@sweeper("imports.files")
def sweep_uploads() -> int:
    """Delete uploaded sheets and their reports once nobody needs them."""
    return sweep_files()
